"""`metrics` and `health`: for Prometheus, and for whoever supervises the processes."""

from __future__ import annotations

import sys
import threading

import click

from worker.cli.output import fail, settings

_ROLES = ("worker", "beat", "flower", "metrics", "redis")


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=9108, show_default=True, help="0: a free one.")
@click.option("--address", default="127.0.0.1", show_default=True, help="Where to listen; 0.0.0.0 for everybody.")
def metrics(*, port: int, address: str) -> None:
    """Answer Prometheus on http://ADDRESS:PORT/metrics until Ctrl-C. No name, address or order id is in it."""
    from worker.metrics.serve import serving

    given = settings()
    try:
        with serving(given, address, port) as taken:
            click.echo(f"metrics on http://{address}:{taken}/metrics")
            sys.stdout.flush()
            threading.Event().wait()
    except OSError as error:
        fail(f"port {port} of {address} cannot be used ({error.strerror}): give another --port")
    except KeyboardInterrupt:
        click.echo("ended")


@click.command()
@click.option("--role", type=click.Choice(_ROLES), required=True, help="Which process is asked about.")
@click.option("--node", metavar="NAME", help="Worker: its whole name (fetch@host); default: any worker of this host.")
@click.option("--port", type=click.IntRange(1, 65535), help="Flower, metrics: the port if it is not the usual one.")
def health(*, role: str, node: str | None, port: int | None) -> None:
    """Say whether a process does its work: status 0 if so, 1 if not. For containers and supervisors."""
    from worker.facts.health import ask

    finding = ask(settings(), role, node=node or "", port=port)
    if finding.problem:
        fail(f"{role}: {finding.problem}")
    click.echo(f"{role}: {finding.what}")
