"""Three ways to follow a run: a screen that redraws itself, plain lines, JSON lines."""

import json
import sys
from typing import Protocol, TextIO

from rich.console import Console
from rich.live import Live

from researchfleet.live.events import Event, events
from researchfleet.live.picture import Picture
from researchfleet.live.screen import draw
from researchfleet.summary import words


class View(Protocol):
    """Whatever shows a run to somebody."""

    def show(self, picture: Picture) -> None:
        """Show the fleet as it is now."""

    def tell(self, event: Event) -> None:
        """Say something that no picture shows."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class Lines:
    """One line an event, with the time since the start: for logs and for whoever pipes."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._last: Picture | None = None

    def show(self, picture: Picture) -> None:
        """Write what happened since the last picture."""
        happened = list(events(self._last, picture))
        self._last = picture
        for event in happened:
            self.tell(event)

    def tell(self, event: Event) -> None:
        """Write one line."""
        self._write(self._line(event, self._last))

    def close(self) -> None:
        """Nothing to leave behind."""

    def _line(self, event: Event, at: Picture | None) -> str:
        return f"{words.duration(at.elapsed) if at else '':>8}  {words.line(event.text)}"

    def _write(self, line: str) -> None:
        self._out.write(f"{line}\n")
        self._out.flush()


class JsonLines(Lines):
    """The same events as one JSON object a line."""

    def _line(self, event: Event, at: Picture | None) -> str:
        when = {"time": at.now.isoformat(), "elapsed": round(at.elapsed, 3)} if at else {}
        return json.dumps({**when, "event": event.kind, "text": event.text, **event.facts})


class Screen:
    """A picture that the terminal redraws; what is told stays above it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._live.start()

    def show(self, picture: Picture) -> None:
        """Redraw."""
        self._live.update(draw(picture, self._console.height, keys=True), refresh=True)

    def tell(self, event: Event) -> None:
        """Write a line above the picture."""
        self._live.console.print(words.line(event.text), markup=False, highlight=False)

    def close(self) -> None:
        """Take the picture away."""
        self._live.stop()
