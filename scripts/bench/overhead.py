"""`make bench-overhead`: a fleet's recorded experiments against the same list in one plain script, in the same run.

The fleet: 3 sandboxed agents, hub, evaluator, runtime, from its first registration to its last score. The plain script: the
same snapshots, seeds and weak labels in warm worker processes, one a core, with the same feature cache, and nothing
else: no sandbox, no hub, no submission. Head-only and fine-tuned lists apart. Prints the ratio of the two times.
"""

import argparse
import json
import os
import runpy
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import mkdtemp

os.environ.setdefault("OMP_NUM_THREADS", "1")

from researchfleet.summary.model import Summary
from researchfleet_core.testbed import Role
from ruamel.yaml import YAML
from trials import FEATURES, ROOT, STUDENTS, testbed

# What the directions say decides which fits the search researcher makes (docs/researchers.md).
KINDS = {"head": "use the frozen features only", "top": "always fine-tune the student"}


@dataclass(frozen=True)
class Item:
    """One seed of one recorded experiment."""

    snapshot: Path
    seed: int
    teacher: int


def main() -> None:
    """Run both, print the ratios, write JSON; exits 1 when a ratio is above the bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--head-evaluations", type=int, default=180, help="seeds of the head-only fleet")
    parser.add_argument("--top-evaluations", type=int, default=36, help="seeds of the fine-tuning fleet")
    parser.add_argument("--kinds", nargs="+", choices=tuple(KINDS), default=list(KINDS), help="which lists")
    parser.add_argument("--bound", type=float, default=1.10, help="largest ratio that passes")
    given = parser.parse_args()
    place = ROOT / "runs" / "bench"
    place.mkdir(parents=True, exist_ok=True)
    results = []
    for kind in given.kinds:
        evaluations = given.head_evaluations if kind == "head" else given.top_evaluations
        summary = run_fleet(kind, evaluations, place)
        items = recorded(place / f"overhead-{kind}", summary)
        finished = [one.finished for one in summary.experiments if one.finished]
        fleet = (max(finished) - min(one.registered for one in summary.experiments)).total_seconds()
        plain = plain_script(items)
        results.append({"kind": kind, "runs": len(items), "fleet_s": fleet, "plain_s": plain, "ratio": fleet / plain})
        print(
            f"{kind:5} {len(items)} runs: fleet {fleet:.1f} s, plain script {plain:.1f} s, ratio {fleet / plain:.3f}",
            flush=True,
        )
    (place / "overhead.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if any(one["ratio"] > given.bound for one in results):
        sys.exit(f"a ratio is above {given.bound}")


def run_fleet(kind: str, evaluations: int, place: Path) -> Summary:
    """Run a fleet whose agents make one kind of fit until `evaluations` seeds were registered."""
    yaml = YAML()
    fleet = yaml.load(ROOT / "examples" / "quickstart.yaml")
    fleet["metadata"]["name"] = f"overhead-{kind}"
    spec = fleet["spec"]
    spec["problem"]["otherStudents"], spec["problem"]["transfer"] = [], []
    spec["directions"] = {"mode": "Undirected", "prompts": [KINDS[kind]]}
    spec["budget"] = {"evaluations": evaluations}
    spec["evaluation"]["reproduction"] = {"finalists": 0, "runSeconds": 120}
    file = place / f"overhead-{kind}.yaml"
    yaml.dump(fleet, file)
    command = [
        str(Path(sys.executable).with_name("researchfleet")),
        "run",
        str(file),
        "--fresh",
        "--no-live",
        "--runs",
        str(place),
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return Summary.model_validate_json((place / f"overhead-{kind}" / "summary.json").read_bytes())


def recorded(run: Path, summary: Summary) -> list[Item]:
    """The run's experiments in order of registration, their snapshots unpacked."""
    out = Path(mkdtemp(prefix="replay-", dir=run))
    items = []
    for one in summary.experiments:
        folder = out / one.snapshot.removeprefix("sha256:")[:16]
        if not folder.exists():
            packed = next((run / "snapshots").rglob(f"*{one.snapshot.removeprefix('sha256:')}*"))
            with tarfile.open(packed) as tar:
                tar.extractall(folder, filter="data")
        items += [Item(folder, task.seed, task.teacher) for task in one.seeds[: one.delivered]]
    return items


def plain_script(items: Sequence[Item]) -> float:
    """Seconds to run all items in warm workers, one a core."""
    folder = Path(mkdtemp(prefix="plain-"))
    try:
        for name, content in testbed("movie").task_folder(Role.AGENT).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        cores = len(os.sched_getaffinity(0))
        with ProcessPoolExecutor(cores, get_context("spawn"), initializer=warm) as workers:
            # The first item of each worker pays for its imports, as an agent's first run does before it registers.
            list(workers.map(run_item, [(items[0], folder)] * cores))
            started = time.monotonic()
            list(workers.map(run_item, [(item, folder) for item in items]))
            return time.monotonic() - started
    finally:
        shutil.rmtree(folder)


def warm() -> None:
    """The imports of a run, and one thread."""
    import torch  # noqa: PLC0415
    from researchfleet_agent.methods import program  # noqa: F401, PLC0415

    os.environ["RESEARCHFLEET_FEATURES"] = str(FEATURES[Role.AGENT])
    torch.set_num_threads(1)


def run_item(given: tuple[Item, Path]) -> None:
    """What `python run.py ...` does, in this process."""
    item, task = given
    out = task / f"out-{os.getpid()}.json"
    sys.argv = [
        "run.py",
        *("--task", str(task)),
        *("--weak-labels", str(task / "weak" / f"{item.teacher}.npy")),
        *("--student", str(STUDENTS / "minilm")),
        *("--seed", str(item.seed)),
        *("--out", str(out)),
    ]
    runpy.run_path(str(item.snapshot / "run.py"), run_name="__main__")


if __name__ == "__main__":
    main()
