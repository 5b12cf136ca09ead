"""What of a fleet cannot run on one machine: refused before anything starts."""

from collections.abc import Iterator

from researchfleet_core.api.fleet import FleetSpec
from researchfleet_core.api.problem import ProblemSpec, Reference

from researchfleet.local.errors import CannotRunError
from researchfleet.local.home import Home
from researchfleet.local.testbeds import Bundled, bundled_testbeds

Field = tuple[str | int, ...]
# The field as the file writes it, and what is wrong with its value there: "is not allowed ...".
Unsupported = tuple[Field, str]

_CLUSTER = "on one machine; it needs a cluster"


def unsupported(spec: FleetSpec, home: Home) -> list[Unsupported]:
    """Everything, in the order of the file; empty when the fleet can run here."""
    return [*_state(spec), *_problem(spec.problem, bundled_testbeds(home.testbeds)), *_agents(spec), *_storage(spec)]


def refuse_unsupported(spec: FleetSpec, home: Home) -> None:
    """Raises CannotRunError with a line for each thing that is not supported."""
    if found := unsupported(spec, home):
        raise CannotRunError("\n".join(f"{'.'.join(str(step) for step in field)}: {why}" for field, why in found))


def _state(spec: FleetSpec) -> Iterator[Unsupported]:
    if spec.desired_state != "Running":
        yield ("spec", "desiredState"), "is not allowed on one machine (Running); Ctrl-C drains what runs"


def _problem(problem: ProblemSpec, testbeds: dict[str, Bundled]) -> Iterator[Unsupported]:
    for field, reference in _references(problem):
        yield from _reference(field, reference)
    yield from _testbed(("spec", "problem", "testbed"), problem.testbed, testbeds, research=True)
    for number, one in enumerate(problem.transfer):
        yield from _testbed(("spec", "problem", "transfer", number), one, testbeds, research=False)
    researched = testbeds.get(problem.testbed.bundled or "")
    # A finalist runs on every testbed with the first student, on the researched one with the others too.
    for testbed in (researched, *(testbeds.get(one.bundled or "") for one in problem.transfer)):
        yield from _student(("spec", "problem", "student"), problem.student, testbed)
    for number, one in enumerate(problem.other_students):
        yield from _student(("spec", "problem", "otherStudents", number), one, researched)


def _student(field: Field, student: Reference, testbed: Bundled | None) -> Iterator[Unsupported]:
    if testbed and student.bundled and student.bundled not in testbed.manifest.students:
        allowed = ", ".join(testbed.manifest.students)
        yield (*field, "bundled"), f"is not allowed with testbed {testbed.manifest.name} ({allowed})"


def _references(problem: ProblemSpec) -> Iterator[tuple[Field, Reference]]:
    yield ("spec", "problem", "testbed"), problem.testbed
    yield ("spec", "problem", "student"), problem.student
    for number, one in enumerate(problem.other_students):
        yield ("spec", "problem", "otherStudents", number), one
    for number, one in enumerate(problem.transfer):
        yield ("spec", "problem", "transfer", number), one


def _reference(field: Field, reference: Reference) -> Iterator[Unsupported]:
    for kind in ("s3", "pvc", "image"):
        if getattr(reference, kind) is not None:
            yield (*field, kind), f"is not allowed {_CLUSTER} (allowed here: bundled)"


def _testbed(field: Field, reference: Reference, testbeds: dict[str, Bundled], *, research: bool) -> Iterator[Unsupported]:
    if reference.bundled is None:
        return
    found = testbeds.get(reference.bundled)
    if found is None or (research and not found.is_for_research):
        allowed = [name for name, one in testbeds.items() if one.is_for_research or not research]
        yield (*field, "bundled"), f"is not allowed ({', '.join(allowed) or 'none is here'})"
    elif reference.digest not in {None, found.digest}:
        yield (*field, "digest"), f"is not the version that is here ({found.digest})"


def _agents(spec: FleetSpec) -> Iterator[Unsupported]:
    agents = spec.agents
    if agents.researcher != "search":
        yield ("spec", "agents", "researcher"), f"is not allowed {_CLUSTER} (allowed here: search)"
    if agents.image is not None:
        yield ("spec", "agents", "image"), f"is not allowed {_CLUSTER}"
    if agents.resources.gpu is not None:
        yield ("spec", "agents", "resources", "gpu"), f"is not allowed {_CLUSTER}; here students run on the processor"


def _storage(spec: FleetSpec) -> Iterator[Unsupported]:
    if spec.storage.snapshots is not None:
        yield ("spec", "storage", "snapshots"), f"is not allowed {_CLUSTER}; here snapshots lie in the run's folder"
    if spec.storage.database_secret_name is not None:
        yield ("spec", "storage", "databaseSecretName"), f"is not allowed {_CLUSTER}; here databases lie in the run's folder"
