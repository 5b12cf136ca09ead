"""A testbed made from labelled rows, the same from the same seed."""

from collections.abc import Callable, Sequence

import numpy as np
from researchfleet_core.testbed import (
    FORMAT,
    LICENSE,
    MANIFEST,
    SUMS,
    Baseline,
    Manifest,
    Recipe,
    Slice,
    Task,
    TaskFile,
    Teachers,
    Use,
    sums,
    task_folder,
)
from researchfleet_core.testbed.archive import Rows
from ruamel.yaml import YAML
from ruamel.yaml.compat import StringIO

from researchfleet.testbed.ceiling import Trainer
from researchfleet.testbed.estimates import Bootstrap, gap
from researchfleet.testbed.labelled import Labelled, read_labelled
from researchfleet.testbed.parts import Drawn, draw, files_of
from researchfleet.testbed.spec import Spec
from researchfleet.testbed.splits import deal
from researchfleet.testbed.teachers import TEACHER_MODEL, right, train_teachers


def build(spec: Spec, trainer: Trainer, say: Callable[[str], None]) -> dict[str, bytes]:
    """The files of the testbed by path; say: called with a line of progress now and then.

    Raises TestbedError when rows or labels are too few. Checks nothing else: `check` does.
    """
    rows = read_labelled(spec.rows)
    agent, sealed = _parts(spec, rows)
    drawn = {"sealed": sealed} | ({"agent": agent} if agent else {})
    say(f"{spec.name}: {len(rows)} rows, " + ", ".join(_size(name, one) for name, one in drawn.items()))
    baselines = []
    for student in spec.students:
        for name, one in drawn.items():
            baselines += _baselines(spec, student, one, _ceilings(spec, name, one, student, trainer, say))
    manifest = _manifest(spec, rows, baselines, trainer.recipe)
    files = {
        LICENSE: spec.licence.read_bytes(),
        MANIFEST: _yaml(manifest),
        **files_of(sealed.part, "sealed/inputs", "sealed/labels"),
        **(files_of(agent.part, "agent", "labels") if agent else {}),
    }
    return files | {SUMS: sums(files)}


def _parts(spec: Spec, rows: Sequence[Labelled]) -> tuple[Drawn | None, Drawn]:
    sizes = {"sealed pool": spec.sealed.pool, "sealed test": spec.sealed.test}
    if spec.agent:
        sizes |= {"agent pool": spec.agent.pool, "dev": spec.agent.dev, "rank": spec.agent.rank}
    parts, rest = deal(rows, sizes, _rng(spec, "parts"))
    # Teachers of the two parts share no row, so that what a method learns of one kind's mistakes is of no use for the other's.
    cut = len(rest) // 2 if spec.agent else 0
    agent_rows, sealed_rows = ([row for unit in units for row in unit] for units in (rest[:cut], rest[cut:]))
    labels = spec.teachers.labels
    agent = None
    if spec.agent:
        teachers = train_teachers(agent_rows, spec.teachers.agent, labels, _rng(spec, "agent teachers"))
        agent = draw(parts["agent pool"], {"dev": parts["dev"], "rank": parts["rank"]}, teachers)
    teachers = train_teachers(sealed_rows, spec.teachers.sealed, labels, _rng(spec, "sealed teachers"))
    return agent, draw(parts["sealed pool"], {"sealed": parts["sealed test"]}, teachers)


def _ceilings(
    spec: Spec, name: str, drawn: Drawn, student: str, trainer: Trainer, say: Callable[[str], None]
) -> list[np.ndarray[tuple[int], np.dtype[np.float32]]]:
    part = drawn.part
    # Neither version nor teachers matter to a ceiling: it is trained on true labels before there is a version.
    task = TaskFile(
        name=spec.name,
        version=f"{spec.name}@unbuilt",
        question=spec.question,
        balanced=True,
        grouped=_grouped(drawn),
        rows=Rows(pool=len(part.pool), test=len(part.test)),
        teachers=len(part.weak),
    )
    folder = task_folder(task, part.pool, part.test, part.weak)
    predictions = trainer.predict(folder, part.pool_labels, student, range(spec.ceiling_seeds))
    accuracies = [float(right(one, part.test_labels).mean()) for one in predictions]
    say(f"{spec.name}: {name} ceiling of {student}: " + " ".join(f"{accuracy:.3f}" for accuracy in accuracies))
    return predictions


def _baselines(
    spec: Spec, student: str, drawn: Drawn, predictions: list[np.ndarray[tuple[int], np.dtype[np.float32]]]
) -> list[Baseline]:
    part = drawn.part
    baselines = []
    for name in [Slice.SEALED] if part.slices is None else [Slice.DEV, Slice.RANK]:
        at = part.rows_of(name)
        bootstrap = Bootstrap([part.test[i] for i in at], spec.seed)
        weak = bootstrap.weak(right(drawn.weak_on_test[:, at], part.test_labels[at]))
        ceiling = bootstrap.ceiling(right(np.stack(predictions)[:, at], part.test_labels[at]), range(spec.ceiling_seeds))
        baselines.append(Baseline(student=student, slice=name, weak=weak[0], ceiling=ceiling[0], gap=gap(weak, ceiling)))
    return baselines


def _manifest(spec: Spec, rows: Sequence[Labelled], baselines: list[Baseline], recipe: Recipe) -> Manifest:
    counts = spec.teachers
    return Manifest(
        format=FORMAT,
        name=spec.name,
        use=spec.use,
        task=Task(kind="binary", question=spec.question, balanced=True, grouped=rows[0].group is not None),
        source=spec.source,
        teachers=Teachers(
            model=TEACHER_MODEL, labels=counts.labels, agent=counts.agent, sealed=counts.sealed, seed=spec.seed
        ),
        students=spec.students,
        recipe=recipe,
        baselines=sorted(baselines, key=lambda one: (spec.students.index(one.student), list(Slice).index(one.slice))),
    )


def _yaml(manifest: Manifest) -> bytes:
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = None
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.width = 120
    out = StringIO()
    writer.dump(manifest.model_dump(mode="json"), out)
    return str(out.getvalue()).encode()


def _grouped(drawn: Drawn) -> bool:
    return drawn.part.pool[0].group is not None


def _size(name: str, drawn: Drawn) -> str:
    return f"{name} {len(drawn.part.pool)} pool and {len(drawn.part.test)} test"


def _rng(spec: Spec, purpose: str) -> np.random.Generator:
    """A generator for one purpose, so that more draws for one never move another."""
    return np.random.default_rng([spec.seed, *purpose.encode()])
