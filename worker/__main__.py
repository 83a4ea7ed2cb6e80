"""`python -m worker`: the command line."""

from worker.cli import main
from worker.cli.completion import COMPLETE_VARIABLE

if __name__ == "__main__":
    main(prog_name="python -m worker", complete_var=COMPLETE_VARIABLE)
