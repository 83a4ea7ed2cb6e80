"""python -m simulator.amazon: the simulated Amazon as a process."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from simulator.amazon.sellers import BadSellers, read_sellers
from simulator.amazon.server import run
from simulator.amazon.world import CLIENT_ID, CLIENT_SECRET, World
from simulator.serving import HOST


def main() -> int:
    """Read the arguments, make the world, serve it; the exit code is 0 after a signal, 2 for bad arguments."""
    parser = argparse.ArgumentParser(prog="python -m simulator.amazon", description="A simulated Amazon.")
    parser.add_argument("--host", default=HOST, help="address to listen on; anybody who reaches it may do anything")
    parser.add_argument("--port", type=int, default=0, help="0 (default): any free port, printed on the first line")
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same world")
    parser.add_argument("--sellers", type=Path, required=True, help="JSON file: a list of sellers")
    parser.add_argument("--orders", type=int, help="orders per seller, instead of the file's numbers")
    parser.add_argument("--odd", type=float, metavar="SHARE", help="share of odd orders, 0 to 1 (default: the file's)")
    parser.add_argument("--speed", type=float, default=1.0, help="multiplies every rate limit (default: Amazon's own)")
    parser.add_argument("--feed-seconds", type=float, default=1.0, help="how long a feed takes from start to end")
    parser.add_argument("--page-size", type=int, default=100, help="the most orders on a page (default: Amazon's own)")
    parser.add_argument("--client-id", default=CLIENT_ID)
    parser.add_argument("--client-secret", default=CLIENT_SECRET)
    given = parser.parse_args()
    try:
        world = World(
            read_sellers(given.sellers, orders=given.orders, odd_share=given.odd),
            seed=given.seed,
            speed=given.speed,
            feed_seconds=given.feed_seconds,
            page_size=given.page_size,
            client_id=given.client_id,
            client_secret=given.client_secret,
        )
        run(world, host=given.host, port=given.port)
    except (BadSellers, OSError, ValueError) as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
