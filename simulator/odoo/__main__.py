"""python -m simulator.odoo: the simulated Odoo as a process."""

from __future__ import annotations

import argparse
import sys

from simulator.odoo.app import KEY, LOGIN, database, run
from simulator.serving import HOST


def main() -> int:
    """Read the arguments and serve; the exit code is 0 after a signal, 2 for bad arguments."""
    parser = argparse.ArgumentParser(prog="python -m simulator.odoo", description="A simulated Odoo.")
    parser.add_argument("--host", default=HOST, help="address to listen on; anybody who reaches it may do anything")
    parser.add_argument("--port", type=int, default=0, help="0 (default): any free port, printed on the first line")
    parser.add_argument("--series", type=int, choices=(14, 19), default=19)
    parser.add_argument("--database", default="demo")
    parser.add_argument("--login", default=LOGIN)
    parser.add_argument("--key", default=KEY, help="password and API key of --login")
    parser.add_argument("--latency", type=float, default=0.0, metavar="MS", help="milliseconds added to every call")
    given = parser.parse_args()
    target = database(
        given.series, name=given.database, login=given.login, key=given.key, latency=max(given.latency, 0) / 1000
    )
    try:
        run(target, host=given.host, port=given.port, login=given.login, key=given.key)
    except OSError as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
