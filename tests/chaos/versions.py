"""Another version of the program, for a deployment: the tree of a commit, beside the tree that is being tested."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Iterable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Final

import psutil

from tests.flow.processes import ROOT

PRODUCT: Final = ("worker", "tasks", "sync", "clients", "state", "mappers", "domain", "settings")


def export(revision: str, folder: Path) -> Path:
    """Write the tree of `revision` into `folder`, and return that. Raises ValueError when git knows no such commit."""
    tree = _git("archive", "--format=tar", revision)
    folder.mkdir(parents=True)
    with tarfile.open(fileobj=BytesIO(tree)) as packed:
        packed.extractall(folder, filter="data")
    return folder


def version_before() -> str:
    """Return the commit before the last one that changed the program. Raises ValueError where git does not know it."""
    found = _git("log", "--first-parent", "--format=%H", "-n", "1", "--skip", "1", "--", *PRODUCT).decode().strip()
    if not found:
        raise ValueError("the history is too short: name a version with --before")
    return found


def at_work(pids: Iterable[int]) -> int:
    """Return how many versions these processes are of, as the system tells it."""
    trees = set()
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            trees.add(psutil.Process(pid).cwd())
    return len(trees)


def _git(*arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=False, capture_output=True)
    if done.returncode:
        raise ValueError(done.stderr.decode(errors="replace").strip())
    return done.stdout
