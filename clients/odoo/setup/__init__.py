"""What the product keeps in Odoo: `run_setup` installs it, `check_setup` says what is missing."""

from clients.odoo.setup.check import check_setup
from clients.odoo.setup.plan import AccountSeed, BotRequest, Finding, SetupPlan, SetupReport, Step
from clients.odoo.setup.run import run_setup

__all__ = [
    "AccountSeed",
    "BotRequest",
    "Finding",
    "SetupPlan",
    "SetupReport",
    "Step",
    "check_setup",
    "run_setup",
]
