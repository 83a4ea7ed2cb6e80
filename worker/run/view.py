"""What a person sees while the fleet runs: one table that keeps its place, or plain lines without a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from worker.run.progress import Progress, Standing
from worker.run.supervisor import Status

_LINE_SECONDS: Final = 5.0
_COLUMNS: Final = ("pages", "read", "waiting", "in Odoo", "parked", "to tell", "told", "searches")


@dataclass(slots=True, kw_only=True)
class View:
    """The live view; `stage` says what is going on, `footer` where everything is."""

    console: Console
    statuses: Callable[[], Sequence[Status]]
    stage: str = "starting"
    footer: Sequence[str] = ()
    progress: Progress | None = None
    started: float = field(default_factory=monotonic)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show it while the context lasts: once a second in place, or a line every few seconds."""
        if self.console.is_terminal:
            with Live(
                get_renderable=self.render, console=self.console, refresh_per_second=1, transient=True, screen=False
            ):
                yield
            return
        end = Event()
        lines = Thread(target=self._lines, args=(end,), name="progress lines", daemon=True)
        lines.start()
        try:
            yield
        finally:
            end.set()
            lines.join()

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self.console.print(Text(text), soft_wrap=not self.console.is_terminal)

    def at(self, stage: str) -> None:
        """Another stage begins."""
        self.stage = stage
        if not self.console.is_terminal:
            self.say(f"{self._seconds():4.0f} s  {stage}")

    def render(self) -> RenderableType:
        """Return the whole view."""
        parts: list[RenderableType] = [Text.from_markup(f"[bold]{escape(self.stage)}[/] · {self._seconds():.0f} s")]
        if self.progress is not None:
            parts += [Text(), standings(self.progress.standings), Text()]
            if self.progress.trouble:
                parts.append(Text(f"cannot be reached: {self.progress.trouble}", style="red"))
            if self.progress.reason:
                parts.append(Text(f"put off: {self.progress.reason}", style="yellow"))
        parts.append(processes(self.statuses()))
        parts += [Text(line, style="dim", overflow="fold") for line in self.footer]
        return Group(*parts)

    def _lines(self, end: Event) -> None:
        while not end.wait(_LINE_SECONDS):
            if self.progress is not None:
                why = f" · put off: {self.progress.reason}" if self.progress.reason else ""
                self.say(f"{self._seconds():4.0f} s  {summary(self.progress.standings, self.statuses())}{why}")

    def _seconds(self) -> float:
        return monotonic() - self.started


def standings(given: Mapping[str, Standing]) -> Table:
    """Return the table of accounts."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("account", no_wrap=True)
    for column in _COLUMNS:
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("")
    for key, now in given.items():
        numbers = (now.pages, now.read, now.waiting, now.in_odoo, now.parked, now.to_tell, now.told, now.tokens)
        cells = ["" if number is None else str(number) for number in numbers]
        table.add_row(key, *cells, Text(f"paused: {now.paused}" if now.paused else "", style="red"))
    return table


def processes(statuses: Sequence[Status]) -> Text:
    """Return a line with every process: how it does, and how often it was started again."""
    text = Text("processes ", overflow="fold")
    for status in statuses:
        again = f" (restart {status.restarts})" if status.restarts else ""
        text.append(f"{status.name}{'' if status.up else ' is down'}{again}  ", style="green" if status.up else "red")
    return text


def summary(given: Mapping[str, Standing], statuses: Sequence[Status]) -> str:
    """Return a line for a log: sums over all accounts, and the processes."""
    named = ("pages", "read", "waiting", "in_odoo", "parked", "to_tell", "told")
    sums = [sum(getattr(now, name) or 0 for now in given.values()) for name in named]
    words = ("pages", "orders read", "waiting", "in Odoo", "parked", "deliveries to tell", "told")
    paused = [key for key, now in given.items() if now.paused]
    up = sum(status.up for status in statuses)
    restarts = sum(status.restarts for status in statuses)
    parts = [", ".join(f"{number} {word}" for number, word in zip(sums, words, strict=True))]
    parts.append(f"{up} of {len(statuses)} processes up" + (f", {restarts} restarts" if restarts else ""))
    if paused:
        parts.append(f"paused: {', '.join(paused)}")
    return " · ".join(parts)
