"""The testbeds that this evaluator can load."""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Lock

from researchfleet_core.testbed import MANIFEST, SUMS, Role, Slice, Testbed, TestbedError, Use
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from researchfleet_evaluator.feedback import Scale
from researchfleet_evaluator.refusals import RefusalReason, RefusedError
from researchfleet_evaluator.scoring import Key

# Enough to find a testbed; the manifest is parsed when the testbed is read.
NAME = re.compile(r"^name: *([a-z0-9-]+) *$", re.MULTILINE)


class Loaded:
    """A testbed in memory with what scoring needs at hand. sealed: the key to its sealed part."""

    def __init__(self, testbed: Testbed) -> None:
        self.testbed = testbed
        self.version = testbed.version
        self.sealed = Key(testbed.sealed)

    def scale(self, student: str, slice_: Slice) -> Scale:
        """Mean baselines of a student on a slice. Raises TestbedError when the testbed was not built for it."""
        baseline = self.testbed.manifest.baseline(student, slice_)
        return Scale(baseline.weak.mean, baseline.ceiling.mean)


class Research(Loaded):
    """A testbed that fleets climb. part, visible: its visible part and the key to it; archive: what agents get."""

    def __init__(self, testbed: Testbed) -> None:
        super().__init__(testbed)
        self.part = testbed.part(Role.AGENT)
        self.visible = Key(self.part)
        self.archive = testbed.archive(Role.AGENT)
        self.teachers = testbed.manifest.teachers.agent


@dataclass
class Shelf:
    """Testbeds by version, read and verified when first asked for.

    places: folders, each a testbed itself or a folder of testbeds. A name that stands twice is the first one.
    """

    places: list[Path]
    _loaded: dict[str, Loaded] = field(default_factory=dict)
    _reading: Lock = field(default_factory=Lock)

    def find(self, reference: str) -> Loaded:
        """The testbed `<name>` or `<name>@sha256:<hex>`; it is read from disk at the first call.

        Raises RefusedError when there is none of this name or version, or when it is not as docs/testbeds.md says.
        """
        if reference in self._loaded:
            return self._loaded[reference]
        name, _, wanted = reference.partition("@")
        with self._reading:
            folders = self._folders()
            if name not in folders:
                problem = f"testbed {name}: there is none here ({', '.join(sorted(folders)) or 'none; see --testbeds'})"
                raise RefusedError(422, RefusalReason.UNKNOWN_TESTBED, problem, "testbed")
            loaded = self._load(name, folders[name])
        if wanted and loaded.version != reference:
            problem = f"testbed {reference}: the version here is {loaded.version}; put the wanted one into --testbeds"
            raise RefusedError(422, RefusalReason.UNKNOWN_TESTBED, problem, "testbed")
        return loaded

    def pinned(self, version: str) -> Loaded:
        """The testbed of a fleet. Raises RefusedError with 503 when it is gone: no caller is at fault, it can come back."""
        try:
            return self.find(version)
        except RefusedError as error:
            raise RefusedError(503, RefusalReason.TESTBED_MISSING, f"{error.error}; a fleet is scored with it") from None

    def research(self, version: str) -> Research:
        """The testbed that a fleet climbs. Raises RefusedError as `pinned` does."""
        loaded = self.pinned(version)
        if not isinstance(loaded, Research):
            raise TypeError(f"testbed {version} is for transfer; `problem.resolve` lets no fleet climb it")
        return loaded

    def _folders(self) -> dict[str, Path]:
        """By name. Looked for anew each time, so that a testbed can be added to a running evaluator."""
        found: dict[str, Path] = {}
        for place in self.places:
            for folder in [place, *sorted(path for path in place.iterdir() if path.is_dir())]:
                if (folder / MANIFEST).is_file() and (name := NAME.search((folder / MANIFEST).read_text())) is not None:
                    found.setdefault(name[1], folder)
        return found

    def _load(self, name: str, folder: Path) -> Loaded:
        """The testbed in a folder; one whose SHA256SUMS, and so whose version, is known already is not read again."""
        sums = (folder / SUMS).read_bytes() if (folder / SUMS).is_file() else b""
        version = f"{name}@sha256:{sha256(sums).hexdigest()}"
        if version not in self._loaded:
            testbed = _read(name, folder)
            self._loaded[version] = Research(testbed) if testbed.manifest.use is Use.RESEARCH else Loaded(testbed)
        return self._loaded[version]


def _read(name: str, folder: Path) -> Testbed:
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    try:
        return Testbed.from_files(files, YAML(typ="safe", pure=True).load)
    except (TestbedError, YAMLError) as error:
        raise RefusedError(422, RefusalReason.BAD_TESTBED, f"testbed {name}: {error}", "testbed") from None
