"""Settings that change while the fleet runs: an account is added without a restart."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from settings import ConfigurationError, Settings, load
from tasks.context import Services

log = logging.getLogger(__name__)


class Reload:
    """Reads `path` again when it has changed. `settings` are those in use; `build` makes services of them.

    A file with mistakes is told of once, in one line, and the old settings stay in use. The broker stays the one that
    the process began with: another one takes a restart. So does a secret in a new environment variable, which a running
    process cannot see; one in a file it can.
    """

    def __init__(self, path: Path, settings: Settings, build: Callable[[Settings], Services]) -> None:
        self._path = path
        self._settings = settings
        self._build = build
        self._stamp = self._stat()
        self._content = self._read()

    def factory(self) -> Services:
        """Build services of the settings in use."""
        return self._build(self._settings)

    def renewed(self) -> Callable[[], Services] | None:
        """Return `factory` if there are new settings since the last call, else None."""
        stamp = self._stat()
        if stamp == self._stamp:
            return None
        self._stamp = stamp
        content = self._read()
        if content is None or content == self._content:
            return None
        self._content = content
        found = _settings_or_mistakes(self._path)
        if isinstance(found, str):
            log.error("%s has changed and has mistakes, the settings before stay in use: %s", self._path, found)
            return None
        if found.broker != self._settings.broker:
            log.error("[broker] has changed in %s: restart workers and beat, the old one is used till then", self._path)
            found = found.model_copy(update={"broker": self._settings.broker})
        before, after = set(self._settings.accounts), set(found.accounts)
        self._settings = found
        log.info(
            "%s has changed: %d accounts, %d new, %d gone", self._path, len(after), len(after - before),
            len(before - after),
        )  # fmt: skip
        return self.factory

    def _stat(self) -> tuple[int, int, int] | None:
        """What differs after a change; None while there is no file, as between two steps of an editor."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _read(self) -> bytes | None:
        try:
            return self._path.read_bytes()
        except OSError:
            return None


def _settings_or_mistakes(path: Path) -> Settings | str:
    try:
        return load(path)
    except ConfigurationError as error:
        return "; ".join(str(problem) for problem in error.problems)
