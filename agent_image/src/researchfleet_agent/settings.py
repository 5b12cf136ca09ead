"""What a sandbox is told, by environment variables; docs/sandbox.md is the contract."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_type_hints

MAX_SEEDS = 16  # researchfleet_core.wire.experiments, not imported: the relay does without pydantic


class SettingsError(ValueError):
    """A variable that is missing or has a value that is not allowed; the message names it."""


class Address(NamedTuple):
    """Where to listen or connect by TCP."""

    host: str
    port: int


class Variable(NamedTuple):
    """Where a setting is read from. parse raises ValueError for what is not allowed; allowed says in words what is."""

    name: str
    parse: Callable[[str], Any]
    allowed: str


def _folder(value: str) -> Path:
    if not value.startswith("/"):
        raise ValueError
    return Path(value)


def _name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", value):
        raise ValueError
    return value


def _researcher(value: str) -> str:
    if value != "search":
        raise ValueError
    return value


def _integer(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        number = int(value)
        if not low <= number <= high:
            raise ValueError
        return number

    return parse


def _address(value: str) -> Address:
    host, _, port = value.rpartition(":")
    if not host:
        raise ValueError
    return Address(host, _integer(1, 65535)(port))


def _upstream(value: str) -> Path | Address:
    if value.startswith("unix:"):
        return _folder(value.removeprefix("unix:"))
    if not value.startswith("http://"):
        raise ValueError
    return _address(value.removeprefix("http://").removesuffix("/"))


_RELAY = Address("127.0.0.1", 8711)
_FOLDER = (_folder, "an absolute path")


@dataclass(frozen=True)
class Settings:
    """Read once at start, by `from_environment`.

    upstream: the hub, a unix socket or an address. token_fd, token_file: where the identity is read from; never both.
    relay: where the relay listens. researcher: which one is started. agent, direction, seed: who it is, the prompt it
    starts from, its random seed. student: folder name below `students` of the model that is researched.
    experiment_seeds: seeds it registers an experiment with. run_seconds, run_memory_mib: limits of one training run.
    workspace: the folder that survives a restart. students, slots, features: read-only folders. slots holds one lock file
    for each run that may train at once on this machine; without it, one for each core. features may be absent too.
    """

    upstream: Annotated[Path | Address, Variable("RESEARCHFLEET_UPSTREAM", _upstream, "unix:/path or http://host:port")] = (
        Path("/run/hub.sock")
    )
    token_fd: Annotated[int | None, Variable("RESEARCHFLEET_TOKEN_FD", _integer(3, 1 << 20), "a file descriptor from 3")] = (
        None
    )
    token_file: Annotated[Path | None, Variable("RESEARCHFLEET_TOKEN_FILE", *_FOLDER)] = None
    relay: Annotated[Address, Variable("RESEARCHFLEET_RELAY", _address, "host:port")] = _RELAY
    researcher: Annotated[str, Variable("RESEARCHFLEET_RESEARCHER", _researcher, "search")] = "search"
    agent: Annotated[str, Variable("RESEARCHFLEET_AGENT", _name, "a name of letters, digits, '-', '_' and '.'")] = ""
    direction: Annotated[str, Variable("RESEARCHFLEET_DIRECTION", str, "any text")] = ""
    seed: Annotated[int, Variable("RESEARCHFLEET_SEED", _integer(0, 2**31 - 1), "an integer from 0 to 2147483647")] = 0
    student: Annotated[str, Variable("RESEARCHFLEET_STUDENT", _name, "a folder name below RESEARCHFLEET_STUDENTS")] = ""
    experiment_seeds: Annotated[
        int, Variable("RESEARCHFLEET_EXPERIMENT_SEEDS", _integer(1, MAX_SEEDS), f"an integer from 1 to {MAX_SEEDS}")
    ] = 3
    run_seconds: Annotated[int, Variable("RESEARCHFLEET_RUN_SECONDS", _integer(1, 86_400), "an integer from 1 to 86400")] = (
        120
    )
    run_memory_mib: Annotated[
        int, Variable("RESEARCHFLEET_RUN_MEMORY_MIB", _integer(64, 1 << 24), "an integer from 64 to 16777216")
    ] = 4096
    workspace: Annotated[Path, Variable("RESEARCHFLEET_WORKSPACE", *_FOLDER)] = Path("/workspace")
    students: Annotated[Path, Variable("RESEARCHFLEET_STUDENTS", *_FOLDER)] = Path("/students")
    slots: Annotated[Path | None, Variable("RESEARCHFLEET_SLOTS", *_FOLDER)] = None
    features: Annotated[Path | None, Variable("RESEARCHFLEET_FEATURES", *_FOLDER)] = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], *, needs: tuple[str, ...] = ()) -> "Settings":
        """Raises SettingsError for a value that is not allowed and for a variable of `needs` that is not set."""
        for name in needs:
            if not environ.get(name):
                raise SettingsError(f"{name} is not set; it is needed here (docs/sandbox.md)")
        return cls(
            **{
                field: _parsed(variable, environ[variable.name])
                for field, variable in variables().items()
                if variable.name in environ
            }
        )

    def runs_at_once(self) -> int:
        """As many as there are slots; without a folder of them, as many as there are cores."""
        files = 0 if self.slots is None else sum(path.is_file() for path in self.slots.iterdir())
        return files or len(os.sched_getaffinity(0))


def variables() -> dict[str, Variable]:
    """Every variable that a sandbox may be given, by the field it sets."""
    return {field: hint.__metadata__[0] for field, hint in get_type_hints(Settings, include_extras=True).items()}


def _parsed(variable: Variable, value: str) -> Any:
    try:
        return variable.parse(value)
    except ValueError:
        raise SettingsError(f"{variable.name}: {value!r} is not allowed ({variable.allowed})") from None
