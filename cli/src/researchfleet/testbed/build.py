"""A testbed made from labelled rows, the same from the same seed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from researchfleet_core.testbed import (
    FORMAT,
    LICENSE,
    MANIFEST,
    SUMS,
    Baseline,
    FloatArray,
    Manifest,
    Slice,
    Task,
    TaskFile,
    Teachers,
    sums,
    task_folder,
)
from researchfleet_core.testbed.archive import Rows

from researchfleet.testbed.ceiling import Trainer
from researchfleet.testbed.estimates import Bootstrap, gap
from researchfleet.testbed.labelled import Labelled, read_labelled
from researchfleet.testbed.parts import Drawn, draw, files_of
from researchfleet.testbed.places import dump_yaml
from researchfleet.testbed.spec import Spec
from researchfleet.testbed.splits import deal
from researchfleet.testbed.teachers import TEACHER_MODEL, right, train_teachers


def build(spec: Spec, trainer: Trainer, say: Callable[[str], None]) -> dict[str, bytes]:
    """The files of the testbed by path; say: called with a line of progress now and then.

    Raises TestbedError when rows or labels are too few. Checks nothing else: `check` does.
    """
    return _Build(spec, trainer, say).files()


@dataclass(frozen=True)
class _Build:
    spec: Spec
    trainer: Trainer
    say: Callable[[str], None]

    def files(self) -> dict[str, bytes]:
        rows = read_labelled(self.spec.rows)
        drawn = self._drawn(rows)
        sizes = (f"{name} {len(one.part.pool)} pool, {len(one.part.test)} test" for name, one in drawn.items())
        self.say(f"{self.spec.name}: {len(rows)} rows; " + "; ".join(sizes))
        grouped = rows[0].group is not None
        baselines = [
            baseline
            for student in self.spec.students
            for name, one in drawn.items()
            for baseline in self._baselines(student, one, self._ceilings(student, name, one, grouped=grouped))
        ]
        files = {
            LICENSE: self.spec.licence.read_bytes(),
            MANIFEST: dump_yaml(self._manifest(baselines, grouped=grouped)),
            **files_of(drawn["sealed"].part, "sealed/inputs", "sealed/labels"),
            **(files_of(drawn["agent"].part, "agent", "labels") if "agent" in drawn else {}),
        }
        return files | {SUMS: sums(files)}

    def _drawn(self, rows: Sequence[Labelled]) -> dict[str, Drawn]:
        agent, sealed, teachers = self.spec.agent, self.spec.sealed, self.spec.teachers
        sizes = {"sealed pool": sealed.pool, "sealed test": sealed.test}
        if agent:
            sizes |= {"agent pool": agent.pool, "dev": agent.dev, "rank": agent.rank}
        parts, rest = deal(rows, sizes, self._rng("parts"))
        # Teachers of the two parts share no row: what a method learns of the ones' mistakes is of no use for the others'.
        cut = len(rest) // 2 if agent else 0
        agent_rows, sealed_rows = ([row for unit in units for row in unit] for units in (rest[:cut], rest[cut:]))
        drawn = {}
        if agent:
            weak = train_teachers(agent_rows, teachers.agent, teachers.labels, self._rng("agent teachers"))
            drawn["agent"] = draw(parts["agent pool"], {"dev": parts["dev"], "rank": parts["rank"]}, weak)
        weak = train_teachers(sealed_rows, teachers.sealed, teachers.labels, self._rng("sealed teachers"))
        return drawn | {"sealed": draw(parts["sealed pool"], {"sealed": parts["sealed test"]}, weak)}

    def _ceilings(self, student: str, name: str, drawn: Drawn, *, grouped: bool) -> list[FloatArray]:
        part = drawn.part
        task = TaskFile(
            name=self.spec.name,
            version=f"{self.spec.name}@unbuilt",  # there is no version before there are baselines
            question=self.spec.question,
            balanced=True,
            grouped=grouped,
            rows=Rows(pool=len(part.pool), test=len(part.test)),
            teachers=len(part.weak),
        )
        folder = task_folder(task, part.pool, part.test, part.weak)
        predictions = self.trainer.predict(folder, part.pool_labels, student, range(self.spec.ceiling_seeds))
        accuracies = " ".join(f"{right(one, part.test_labels).mean():.3f}" for one in predictions)
        self.say(f"{self.spec.name}: {name} ceilings of {student}: {accuracies}")
        return predictions

    def _baselines(self, student: str, drawn: Drawn, predictions: list[FloatArray]) -> Iterator[Baseline]:
        part = drawn.part
        for name in [Slice.SEALED] if part.slices is None else [Slice.DEV, Slice.RANK]:
            at = part.rows_of(name)
            bootstrap = Bootstrap([part.test[i] for i in at], self.spec.seed)
            weak = bootstrap.weak(right(drawn.weak_on_test[:, at], part.test_labels[at]))
            correct = right(np.stack(predictions)[:, at], part.test_labels[at])
            ceiling = bootstrap.ceiling(correct, range(self.spec.ceiling_seeds))
            yield Baseline(student=student, slice=name, weak=weak[0], ceiling=ceiling[0], gap=gap(weak, ceiling))

    def _manifest(self, baselines: list[Baseline], *, grouped: bool) -> Manifest:
        spec, counts = self.spec, self.spec.teachers
        return Manifest(
            format=FORMAT,
            name=spec.name,
            use=spec.use,
            task=Task(kind="binary", question=spec.question, balanced=True, grouped=grouped),
            source=spec.source,
            teachers=Teachers(
                model=TEACHER_MODEL, labels=counts.labels, agent=counts.agent, sealed=counts.sealed, seed=spec.seed
            ),
            students=spec.students,
            recipe=self.trainer.recipe,
            baselines=sorted(baselines, key=lambda one: (spec.students.index(one.student), list(Slice).index(one.slice))),
        )

    def _rng(self, purpose: str) -> np.random.Generator:
        """A generator for one purpose, so that more draws for one never move another."""
        return np.random.default_rng([self.spec.seed, *purpose.encode()])
