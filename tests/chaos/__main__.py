"""python -m tests.chaos: campaigns of one seed after the other, each with its report in .chaos/."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from tests.chaos import plan
from tests.chaos.run import Options, run, say

_FOLDER = Path(__file__).resolve().parents[2] / ".chaos"


def main() -> int:
    """Run them; the status is 1 if any promise was broken or a recovery took too long."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", type=_numbers, default=[1], help="1,2,3 (default: 1)")
    parser.add_argument("--orders", type=int, default=300)
    parser.add_argument("--accounts", type=int, default=4)
    parser.add_argument("--shipments", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=3.0, help="of mixed faults")
    parser.add_argument("--pause", type=float, default=6.0, help="seconds between two faults, on average")
    parser.add_argument("--real", action="store_true", help="on the real Odoo 19 of ODOO_TEST_19, which is killed too")
    parser.add_argument("--kinds", type=_words, default=plan.ALL, help="kinds of faults to be mixed (default: all)")
    parser.add_argument("--alone", type=_words, default=plan.ALL, help="kinds whose recovery is measured; none: -")
    parser.add_argument(
        "--before", default="", help="commit that a deploy comes from (default: before the last change)"
    )
    given = vars(parser.parse_args())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no process is left behind
    good = True
    for seed in given.pop("seeds"):
        name = f"seed-{seed}{'-real' if given['real'] else ''}"
        result = run(Options(seed=seed, **given), _FOLDER / name)
        (_FOLDER / f"{name}.md").write_text(result.page(), encoding="utf-8")
        say(result.page())
        good = good and not result.wrong and not result.slow
    return 0 if good else 1


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _words(text: str) -> tuple[str, ...]:
    words = () if text == "-" else tuple(text.split(","))
    unknown = [word for word in words if word not in plan.ALL]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; known: {', '.join(plan.ALL)}")
    return words


if __name__ == "__main__":
    sys.exit(main())
