"""Reading accounts.toml: either a whole Settings, or every mistake at once, each with its key and remedy."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from domain.marketplace import BY_CODE, Region
from settings.env import CONFIG_VARIABLE
from settings.model import Settings, bad_keys

# pydantic's types of mistakes -> what to do; the names in braces are pydantic's too.
_SECTION = "give a section with keys of its own"
_REMEDIES = {
    "missing": "this key is missing: add it",
    "extra_forbidden": "unknown key: remove it, or mend its spelling",
    "string_type": "give a text in quotes",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty: at least one is needed",
    "bool_type": "give true or false",
    "bool_parsing": "give true or false",
    "float_type": "give a number",
    "float_parsing": "give a number",
    "greater_than": "give a number above {gt:g}",
    "greater_than_equal": "give a number of at least {ge:g}",
    "less_than_equal": "give a number of at most {le:g}",
    "enum": "give {expected}",
    "tuple_type": 'give a list like ["DE", "FR"]',
    "dict_type": _SECTION,
    "model_type": _SECTION,
}
_REGIONS = [region.value for region in Region]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where (a dotted key) and what to do."""

    key: str
    text: str

    def __str__(self) -> str:
        return f"{self.key}: {self.text}"


class ConfigurationError(Exception):
    """The configuration cannot be used; `problems` are all its mistakes."""

    def __init__(self, path: Path, problems: list[Problem]) -> None:
        super().__init__(f"{path}: {len(problems)} mistake(s)\n" + "\n".join(f"  {problem}" for problem in problems))
        self.path = path
        self.problems = problems


_NO_STATE = Problem("broker.state_url", "RabbitMQ carries messages only: give a redis:// URL for the state")


def load(path: Path) -> Settings:
    """Return the settings in the file at `path`.

    Raises ConfigurationError with all mistakes found, never with a secret in it.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        text = f"no such file: copy accounts.example.toml, or set {CONFIG_VARIABLE} to where it lies"
        raise ConfigurationError(path, [Problem("file", text)]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(path, [Problem("file", f"cannot be read ({type(error).__name__})")]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(path, [Problem("file", f"is no valid TOML: {error}")]) from None
    problems = _cross_checks(raw)
    settings = None
    try:
        settings = Settings.model_validate(raw, context={"folder": path.parent})
    except ValidationError as error:
        problems = [_problem(found) for found in error.errors(include_input=False, include_url=False)] + problems
    if settings is not None and not problems and _no_state(settings):
        problems = [_NO_STATE]
    if settings is None or problems:
        raise ConfigurationError(path, problems)
    return settings


def _problem(found: Any) -> Problem:
    key = ".".join(str(part) for part in found["loc"])
    remedy = _REMEDIES.get(found["type"])
    text = remedy.format_map(found.get("ctx", {})) if remedy else str(found["msg"]).removeprefix("Value error, ")
    return Problem(key or "file", text)


def _cross_checks(raw: dict[str, Any]) -> list[Problem]:
    """Mistakes between sections, looked for even where single values are wrong."""
    accounts = raw.get("accounts")
    databases = raw.get("odoo")
    problems = []
    for section, names in (("accounts", accounts), ("odoo", databases)):
        if isinstance(names, dict):
            problems += [
                Problem(f"{section}.{name}", "name it with lower-case letters, digits and hyphens (40 at most)")
                for name in bad_keys(names)
            ]
    if isinstance(accounts, dict):
        known = set(databases) if isinstance(databases, dict) else set()
        owners: dict[tuple[str, str], str] = {}
        for key, account in accounts.items():
            if isinstance(account, dict):
                problems += _account_checks(key, account, known, owners)
    return problems + _state_check(raw)


def _account_checks(
    key: str, account: dict[str, Any], databases: set[str], owners: dict[tuple[str, str], str]
) -> list[Problem]:
    problems = []
    name = account.get("odoo")
    if isinstance(name, str) and databases and name not in databases:
        there = ", ".join(sorted(databases))
        problems.append(Problem(f"accounts.{key}.odoo", f"there is no [odoo.{name}]: give one of {there}"))
    marketplaces = account.get("marketplaces")
    for code in marketplaces if isinstance(marketplaces, list) else []:
        marketplace = BY_CODE.get(code) if isinstance(code, str) else None
        if marketplace is None:
            continue
        if account.get("region") in _REGIONS and marketplace.region != account["region"]:
            text = f"{code} is in region {marketplace.region}: make an account of its own for that region"
            problems.append(Problem(f"accounts.{key}.marketplaces", text))
        seller = account.get("seller_id")
        owner = owners.setdefault((seller, code), key) if isinstance(seller, str) else key
        if owner != key:
            text = f"{code} of this seller belongs to account {owner} already: its orders would come twice"
            problems.append(Problem(f"accounts.{key}.marketplaces", text))
    return problems


def _state_check(raw: dict[str, Any]) -> list[Problem]:
    broker = raw.get("broker")
    if isinstance(broker, dict) and str(broker.get("url", "")).startswith("amqp") and not broker.get("state_url"):
        return [_NO_STATE]
    return []


def _no_state(settings: Settings) -> bool:
    """Whether there is no Redis, which only shows once a broker's URL given as a secret is known."""
    return settings.broker.url.startswith("amqp") and settings.broker.state_url is None
