"""`run`: the whole fleet on this machine, with a demonstration where nothing is configured."""

from __future__ import annotations

import sys
from pathlib import Path

import click

_FOLDER = Path(".run")


@click.command()
@click.option("--once", is_flag=True, help="End when both sides agree on everything there is; status 1 if they do not.")
@click.option("--workers", type=click.IntRange(1, 16), default=1, show_default=True, help="Processes writing to Odoo.")
@click.option("--orders", type=click.IntRange(1, 10_000), help="Demonstration: orders per simulated account.")
@click.option("--timeout", type=click.IntRange(10), default=600, show_default=True, help="Seconds --once may take.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=_FOLDER,
    show_default=True,
    help="Where logs and the demonstration's data go.",
)
def run(*, once: bool, workers: int, orders: int | None, timeout: int, folder: Path) -> None:
    """Run workers, beat and Flower until Ctrl-C, then compare Amazon with Odoo.

    Without a configuration this is a demonstration: a broker, a simulated Amazon and a simulated Odoo are started too.
    """
    from worker.run.fleet import RunOptions
    from worker.run.story import run_all

    sys.exit(run_all(RunOptions(once=once, workers=workers, orders=orders, timeout=float(timeout), folder=folder)))
