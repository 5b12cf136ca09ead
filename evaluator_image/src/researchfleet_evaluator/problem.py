"""What is scored, with the versions that were found: pinned at a fleet's first experiment."""

from hashlib import sha256

from researchfleet_core.pgr import NoGapError
from researchfleet_core.testbed import Slice, TestbedError
from researchfleet_core.wire.base import Message
from researchfleet_core.wire.evaluation import EvaluationPlan, FeedbackMode

from researchfleet_evaluator.refusals import RefusalReason, RefusedError, invalid
from researchfleet_evaluator.testbeds import Loaded, Research, Shelf


class Problem(Message):
    """A plan whose testbeds are versions, so that the same problem means the same rows, labels and baselines."""

    testbed: str
    transfer: list[str]
    students: list[str]
    feedback: FeedbackMode
    seeds: int
    finalists: int
    reproduction_seeds: int
    run_seconds: int
    run_memory_mib: int

    @property
    def student(self) -> str:
        """The student that is researched."""
        return self.students[0]

    @property
    def digest(self) -> str:
        """`sha256:<hex>` over every field."""
        return f"sha256:{sha256(self.model_dump_json().encode()).hexdigest()}"


def resolve(plan: EvaluationPlan, shelf: Shelf) -> Problem:
    """The problem that a plan means here. Raises RefusedError for a testbed, student or gap that cannot be scored."""
    if len(set(plan.students)) != len(plan.students):
        raise invalid("students", f"{plan.students} is not allowed (each once)")
    testbed = shelf.find(plan.testbed)
    if not isinstance(testbed, Research):
        raise invalid("testbed", f"{plan.testbed} is not allowed (a testbed of use: research; this one is for transfer)")
    for slice_ in (Slice.DEV, Slice.RANK):
        _check_gap(testbed, plan.students[0], slice_)
    for student in plan.students:
        _check_gap(testbed, student, Slice.SEALED)
    transfer = [shelf.find(reference) for reference in plan.transfer]
    versions = [one.version for one in (testbed, *transfer)]
    if len(set(versions)) != len(versions):
        raise invalid("transfer", f"{plan.transfer} is not allowed (each once, and without the testbed that is researched)")
    for one in transfer:
        _check_gap(one, plan.students[0], Slice.SEALED)
    as_planned = plan.model_dump(exclude={"fleet_uid", "fleet", "testbed", "transfer"})
    return Problem(testbed=versions[0], transfer=versions[1:], **as_planned)


def _check_gap(loaded: Loaded, student: str, slice_: Slice) -> None:
    try:
        scale = loaded.scale(student, slice_)
        scale.pgr(scale.weak)
    except TestbedError as error:
        raise invalid("students", str(error)) from None
    except NoGapError as error:
        problem = f"testbed {loaded.version}, student {student}, {slice_} rows: {error}"
        raise RefusedError(422, RefusalReason.NO_GAP, problem, "students") from None
