"""`python -m tests.fuzz`: many spoilt inputs at every boundary; a table of what came of them, status 1 for a defect."""

from __future__ import annotations

import argparse
import logging
import sys
from time import monotonic

from tests.fuzz import every
from tests.fuzz.boundary import fuzz


def main() -> int:
    """Run; return the status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="in all, at least")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="boundaries whose names hold this")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    boundaries = [one for one in every() if given.only in one.name]
    share = -(-given.inputs // sum(one.share for one in boundaries))
    total = failed = 0
    for boundary in boundaries:
        began = monotonic()
        result = fuzz(boundary, share * boundary.share, given.seed)
        total += result.inputs
        failed += result.ends["DEFECT"] + (len(result.failures) if not result.ends["DEFECT"] else 0)
        ends = ", ".join(f"{number} {name}" for name, number in result.ends.most_common())
        sys.stdout.write(f"{boundary.name:28} {result.inputs:8,} inputs {monotonic() - began:6.1f} s: {ends}\n")
        for failure in result.failures:
            sys.stdout.write(f"  {failure}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{total:,} inputs, seed {given.seed}: {failed} defects\n")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
