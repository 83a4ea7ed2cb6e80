"""The folder of a run: logs, and a demonstration's configuration, secrets and broker data. Nobody else may read it."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class FolderInUse(Exception):
    """Another run works in the folder."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Paths of a run below `root`."""

    root: Path

    @property
    def logs(self) -> Path:
        """A log per process."""
        return self.root / "logs"

    @property
    def broker(self) -> Path:
        """The embedded broker's configuration and data."""
        return self.root / "broker"

    @property
    def secrets(self) -> Path:
        """A file per secret of the demonstration."""
        return self.root / "secrets"

    @property
    def config(self) -> Path:
        """The demonstration's accounts.toml."""
        return self.root / "accounts.toml"

    @property
    def sellers(self) -> Path:
        """The simulated sellers."""
        return self.root / "sellers.json"

    @contextmanager
    def opened(self, *, fresh: bool) -> Iterator[None]:
        """Make the folder, with `fresh` without what an earlier run left, and hold it against a second run.

        Raises FolderInUse, OSError.
        """
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.root.chmod(0o700)
        with (self.root / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise FolderInUse(f"another run works in {self.root}: end it, or give --folder") from None
            if fresh:
                for part in (self.logs, self.broker, self.secrets):
                    shutil.rmtree(part, ignore_errors=True)
                for file in (self.config, self.sellers):
                    file.unlink(missing_ok=True)
            for part in (self.logs, self.broker, self.secrets) if fresh else (self.logs,):
                part.mkdir(mode=0o700, exist_ok=True)
            yield

    def write(self, path: Path, text: str) -> None:
        """Write a file that only its owner may read."""
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
