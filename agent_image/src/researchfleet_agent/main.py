"""`python -m researchfleet_agent agent` and `python -m researchfleet_agent reproduce`: a sandbox's first process."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from researchfleet_agent.settings import Settings, SettingsError

# sysexits.h: EX_CONFIG. A runtime can tell it from a researcher that crashed.
BAD_SETTINGS = 78


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(prog="researchfleet_agent", description=__doc__)
    parser.add_argument("command", choices=["agent", "reproduce"])
    command = parser.parse_args(arguments).command
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        return _agent() if command == "agent" else _reproduce()
    except SettingsError as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_SETTINGS


def _agent() -> int:
    """The relay, and the researcher behind it. Parts are imported where they are used: the relay stays small."""
    from researchfleet_agent.relay.server import run_behind_relay  # noqa: PLC0415

    settings = Settings.from_environment(os.environ, needs=("RESEARCHFLEET_AGENT", "RESEARCHFLEET_STUDENT"))
    return run_behind_relay(settings, [sys.executable, "-m", f"researchfleet_agent.{settings.researcher}"])


def _reproduce() -> int:
    from researchfleet_agent.reproduce.driver import reproduce  # noqa: PLC0415

    return reproduce(Settings.from_environment(os.environ))
