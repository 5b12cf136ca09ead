"""`make bench-science`: the fleet's finalist against the best of the four methods of the human researchers.

The humans' four: weak labels, confident weak labels, unsupervised elicitation, critic training. Each is tuned by random
search within its published ranges for as many core-seconds as the whole fleet's research had, and its best setting is
chosen as the fleet's finalist is: by rank PGR on visible rows. Then all five run on sealed rows and transfer domains with
fresh seeds, compared in pairs on the same seeds and rows. It is printed whichever way it comes out.
"""

import argparse
import json
import tarfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
from researchfleet.summary.model import Summary
from researchfleet_agent.methods.pipeline import Pipeline
from researchfleet_agent.methods.registry import named
from researchfleet_core.pgr import bootstrap_interval, paired_difference
from researchfleet_core.testbed import Role, Slice
from researchfleet_core.wire.evaluation import Interval, Reproduction
from trials import ROOT, BoolArray, Trial, baselines, correct, pool, run_all, seeds, testbed

HUMAN = {
    "weak labels": "hard-labels",
    "confident weak labels": "confident-only",
    "unsupervised elicitation": "elicitation",
    "critic training": "critic-filter",
}
# Of the tuning; the seeds of the final comparison are others.
TUNING_SEEDS = 3


@dataclass(frozen=True)
class Contestant:
    """A pipeline as JSON, how it was found, and its PGR on the visible rank rows."""

    name: str
    pipeline: str
    found: str
    rank_pgr: float


@dataclass(frozen=True)
class Bench:
    """Workers, and the student that all contestants train."""

    workers: ProcessPoolExecutor
    student: str


def main() -> None:
    """Tune, run, compare, print, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=ROOT / "runs" / "quickstart", help="folder of a finished fleet")
    parser.add_argument("--seeds", type=int, default=10, help="fresh seeds of the comparison")
    parser.add_argument("--core-seconds", type=float, help="of tuning for each human method; the fleet's own when left out")
    given = parser.parse_args()
    file = given.run / "summary.json"
    if not file.exists():
        raise SystemExit(f"{file}: no such file; run the fleet first (`make run`)")
    summary = Summary.model_validate_json(file.read_bytes())
    bed, student = summary.problem.testbed, summary.problem.student
    finalist = fleet_finalist(given.run, summary)
    research = summary.ledger.agent_hours * 3600
    budget = given.core_seconds or research
    print(f"fleet: {finalist.found}; {research:.0f} core-seconds of research", flush=True)
    print(f"each human method: {budget:.0f} core-seconds of tuning", flush=True)
    with pool() as workers:
        bench = Bench(workers, student)
        humans = [tuned(bench, name, method, bed, budget) for name, method in HUMAN.items()]
        for one in humans:
            print(f"{one.name}: {one.found}", flush=True)
        best = max(humans, key=lambda one: one.rank_pgr)
        rows = [
            row
            for domain in [bed, *summary.problem.transfer]
            for row in compared(bench, domain, [finalist, *humans], best, given.seeds)
        ]
    out = ROOT / "runs" / "bench" / "science.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(f"best human method by rank PGR: {best.name}; {out.relative_to(ROOT)}")


def fleet_finalist(run: Path, summary: Summary) -> Contestant:
    """The best reproduced and ranked finalist; when none is ranked, the one with the best rank PGR, and it is said so."""
    ranked = [one for one in summary.reproductions if one.ranked and one.reproduced]
    pick = max(ranked or summary.reproductions, key=lambda one: best_number(one).value)
    manifest = json.loads(snapshot_file(run, pick.snapshot, "manifest.json"))
    how = f"{pick.title!r} by {pick.agent}, {'ranked' if ranked else 'not ranked: ' + str(pick.why_not)}"
    return Contestant("fleet's finalist", json.dumps(manifest["parameters"]), how, best_number(pick).value)


def best_number(one: Reproduction) -> Interval:
    """The reproduced PGR; the rank PGR of a finalist whose reproduction failed."""
    number = one.reproduced or one.rank
    assert number is not None, f"finalist {one.uid} has neither a reproduced nor a rank PGR"
    return number


def snapshot_file(run: Path, digest: str, name: str) -> bytes:
    """A file of a stored snapshot."""
    found = next((run / "snapshots").rglob(f"*{digest.removeprefix('sha256:')}*"))
    with tarfile.open(found) as tar:
        member = tar.extractfile(name)
        assert member is not None, f"{found} has no {name}"
        return member.read()


def settings(method: str) -> Iterator[str]:
    """A method's defaults, then random samples of its space; the same each time."""
    space = named(method).space
    for trial in count():
        parameters = space.sample(np.random.default_rng([trial, len(method)])) if trial else space.defaults()
        yield json.dumps(Pipeline.from_json({"steps": [{"method": method, "parameters": parameters}]}).to_json())


def tuned(bench: Bench, name: str, method: str, bed: str, budget: float) -> Contestant:
    """The best setting of a method by rank PGR, after `budget` core-seconds of trials on visible rows."""
    weak, ceiling = baselines(bed, bench.student, Slice.RANK)
    part = testbed(bed).part(Role.AGENT)
    rank = part.rows_of(Slice.RANK)
    best, best_pgr, spent, tried = "", -np.inf, 0.0, 0
    for setting in settings(method):
        if spent >= budget:
            break
        trials = [Trial(bed, Role.AGENT, bench.student, setting, *pair) for pair in seeds(TUNING_SEEDS, len(part.weak))]
        timed = list(bench.workers.map(timed_correct, trials))
        spent += sum(seconds for _, seconds in timed)
        tried += 1
        pgr = bootstrap_interval(np.stack([right[rank] for right, _ in timed]), weak, ceiling).value
        if pgr > best_pgr:
            best, best_pgr = setting, pgr
    found = f"best of {tried} settings, rank PGR {best_pgr:.2f} in {spent:.0f} core-seconds"
    return Contestant(name, best, found, best_pgr)


def timed_correct(trial: Trial) -> tuple[BoolArray, float]:
    """`correct` with the CPU seconds it took."""
    before = time.process_time()
    return correct(trial), time.process_time() - before


def compared(
    bench: Bench, domain: str, contestants: list[Contestant], rival: Contestant, fresh: int
) -> list[dict[str, object]]:
    """PGR of every contestant on a domain's sealed rows, and the paired difference of the first to the rival."""
    weak, ceiling = baselines(domain, bench.student, Slice.SEALED)
    # Seeds from 100 on: none of them was used in tuning.
    pairs = seeds(fresh, len(testbed(domain).sealed.weak), first=100)
    right = {}
    for one in contestants:
        trials = [Trial(domain, Role.REPRODUCTION, bench.student, one.pipeline, *pair) for pair in pairs]
        right[one.name] = np.stack(list(run_all(bench.workers, trials)))
    rows: list[dict[str, object]] = []
    for one in contestants:
        score = bootstrap_interval(right[one.name], weak, ceiling)
        print(f"{domain:8} {one.name:26} PGR {score.value:5.2f} [{score.low:5.2f}, {score.high:5.2f}]", flush=True)
        rows.append({"domain": domain, "contestant": one.name, "pipeline": one.pipeline, **score.model_dump()})
    first = contestants[0]
    gain = paired_difference(right[first.name], right[rival.name], weak, ceiling)
    said = f"{gain.value:+.2f} [{gain.low:+.2f}, {gain.high:+.2f}], {verdict(gain.low, gain.high)}"
    print(f"{domain:8} {first.name} minus {rival.name}: {said}", flush=True)
    rows.append({"domain": domain, "contestant": f"{first.name} minus {rival.name}", **gain.model_dump()})
    return rows


def verdict(low: float, high: float) -> str:
    """What an interval of a difference says."""
    if low > 0:
        return "better"
    return "worse" if high < 0 else "no difference shown"


if __name__ == "__main__":
    main()
