"""`researchfleet testbed check`: may this testbed be used to score anybody?"""

from researchfleet_core.testbed import MIN_GAP, Part, Slice, Testbed, TestbedError

from researchfleet.testbed.leaks import check_leaks, check_weak_labels


def check(testbed: Testbed) -> None:
    """Raises TestbedError unless no label shows in what sandboxes see and every gap is clear of MIN_GAP.

    The digest, files, fields, shapes, balance and doubles were verified when the testbed was read.
    """
    for folder, part in testbed.parts():
        check_leaks(folder, part)
    if testbed.agent:
        _check_teachers(testbed, "agent", testbed.agent, Slice.DEV)
    _check_teachers(testbed, "sealed/inputs", testbed.sealed, Slice.SEALED)
    _check_gaps(testbed)


def _check_teachers(testbed: Testbed, folder: str, part: Part, name: Slice) -> None:
    weak = testbed.manifest.baseline(testbed.manifest.students[0], name).weak
    check_weak_labels(folder, part, weak.values, len(part.rows_of(name)))


def _check_gaps(testbed: Testbed) -> None:
    for baseline in testbed.manifest.baselines:
        gap = baseline.gap
        if gap.low <= MIN_GAP:
            raise TestbedError(
                f"testbed {testbed.version}",
                f"the gap between weak teacher and ceiling of {baseline.student} on {baseline.slice} is {gap.mean:.3f} "
                f"[{gap.low:.3f}, {gap.high:.3f}], and {MIN_GAP} is within reach; PGR would be noise.\n"
                "  Use fewer weak labels (teachers.labels), more test rows or a stronger student, then build again.",
            )
