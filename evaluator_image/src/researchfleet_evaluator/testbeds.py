"""The testbeds that this evaluator can load."""

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from researchfleet_core.testbed import MANIFEST, Role, Slice, Testbed, TestbedError, Use
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from researchfleet_evaluator.feedback import Scale
from researchfleet_evaluator.refusals import RefusalReason, RefusedError, invalid
from researchfleet_evaluator.scoring import Key


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
        name, _, wanted = reference.partition("@")
        with self._reading:
            if wanted and reference in self._loaded:
                return self._loaded[reference]
            folders = self._folders()
            if name not in folders:
                known = ", ".join(sorted(folders)) or "none; see --testbeds"
                raise RefusedError(
                    422, RefusalReason.UNKNOWN_TESTBED, f"testbed {name}: there is none here ({known})", "testbed"
                )
            testbed = _read(name, folders[name])
            if wanted and testbed.version != reference:
                problem = f"testbed {reference}: the version here is {testbed.digest}; put the wanted one into --testbeds"
                raise RefusedError(422, RefusalReason.UNKNOWN_TESTBED, problem, "testbed")
            if testbed.version not in self._loaded:
                research = testbed.manifest.use is Use.RESEARCH
                self._loaded[testbed.version] = Research(testbed) if research else Loaded(testbed)
            return self._loaded[testbed.version]

    def research(self, reference: str) -> Research:
        """The same for a testbed that fleets climb. Raises RefusedError for one of use: transfer."""
        loaded = self.find(reference)
        if not isinstance(loaded, Research):
            raise invalid("testbed", f"{reference} is not allowed (a testbed of use: research; this one is for transfer)")
        return loaded

    def _folders(self) -> dict[str, Path]:
        """By name. Looked for anew each time, so that a testbed can be added to a running evaluator."""
        found: dict[str, Path] = {}
        for place in self.places:
            for folder in [place, *sorted(path for path in place.iterdir() if path.is_dir())]:
                if (name := _name(folder)) is not None:
                    found.setdefault(name, folder)
        return found


def read_yaml(content: bytes) -> object:
    """The plain values of a YAML 1.2 text, which is what `researchfleet testbed build` writes."""
    return YAML(typ="safe", pure=True).load(content)


def _read(name: str, folder: Path) -> Testbed:
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    try:
        return Testbed.from_files(files, read_yaml)
    except (TestbedError, YAMLError) as error:
        raise RefusedError(422, RefusalReason.BAD_TESTBED, f"testbed {name}: {error}", "testbed") from None


def _name(folder: Path) -> str | None:
    """The name in a folder's manifest, the folder's own when that cannot be read (`_read` says why), None without one."""
    try:
        content = read_yaml((folder / MANIFEST).read_bytes())
    except OSError:
        return None
    except YAMLError:
        return folder.name
    name = content.get("name") if isinstance(content, dict) else None
    return name if isinstance(name, str) else folder.name
