"""What a valid fleet.yaml asks for that this machine cannot give."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path as File

from pydantic import ValidationError
from researchfleet_core.api.problem import Reference
from researchfleet_core.testbed import MANIFEST, SUMS, Manifest, Use
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from researchfleet.fleetfile.problem import Path, Problem
from researchfleet.fleetfile.read import FleetFile


def manifests(testbeds: File) -> dict[str, Manifest]:
    """The testbeds of a folder by version (`<name>@sha256:...`); one that cannot be read is left out."""
    found = {}
    for folder in sorted(path.parent for path in testbeds.glob(f"*/{MANIFEST}")):
        try:
            manifest = Manifest.model_validate(YAML(typ="safe", pure=True).load((folder / MANIFEST).read_bytes()))
            digest = sha256((folder / SUMS).read_bytes()).hexdigest()
        except (OSError, YAMLError, ValidationError):
            continue
        found[f"{manifest.name}@sha256:{digest}"] = manifest
    return found


def problems(file: FleetFile, testbeds: Mapping[str, Manifest]) -> list[Problem]:
    """Everything that keeps the fleet from running on one machine with these testbeds; empty when it can run."""
    spec = file.fleet.spec
    found = list(_researcher(file))
    found += _testbed(file, ("spec", "problem", "testbed"), spec.problem.testbed, testbeds, {Use.RESEARCH})
    for index, reference in enumerate(spec.problem.transfer):
        found += _testbed(file, ("spec", "problem", "transfer", index), reference, testbeds, set(Use))
    names = [reference.bundled for reference in (spec.problem.testbed, *spec.problem.transfer)]
    built = [set(one.students) for one in testbeds.values() if one.name in names]
    students = set.intersection(*built) if built else set()
    found += _student(file, ("spec", "problem", "student"), spec.problem.student, students)
    for index, reference in enumerate(spec.problem.other_students):
        found += _student(file, ("spec", "problem", "otherStudents", index), reference, students)
    return found


def _researcher(file: FleetFile) -> Iterator[Problem]:
    if file.fleet.spec.agents.researcher != "search":
        yield file.problem(("spec", "agents", "researcher"), "is not allowed on one machine (search)")


def _testbed(
    file: FleetFile, path: Path, reference: Reference, there: Mapping[str, Manifest], uses: set[Use]
) -> Iterator[Problem]:
    fitting = {version: one for version, one in there.items() if one.use in uses}
    if reference.bundled is None:
        yield file.problem(path, "is not allowed on one machine (bundled)")
        return
    versions = [version for version, one in fitting.items() if one.name == reference.bundled]
    if not versions:
        names = ", ".join(sorted(one.name for one in fitting.values())) or "there is none; make install builds them"
        yield file.problem((*path, "bundled"), f"is not allowed here ({names})")
    elif reference.digest and f"{reference.bundled}@{reference.digest}" not in versions:
        digests = ", ".join(version.partition("@")[2] for version in versions)
        yield file.problem((*path, "digest"), f"is not the version that is here ({digests})")


def _student(file: FleetFile, path: Path, reference: Reference, names: set[str]) -> Iterator[Problem]:
    if reference.bundled is None:
        yield file.problem(path, "is not allowed on one machine (bundled)")
    elif names and reference.bundled not in names:
        allowed = f"{', '.join(sorted(names))}: what the testbeds have baselines for"
        yield file.problem((*path, "bundled"), f"is not allowed here ({allowed})")
