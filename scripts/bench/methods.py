"""`make bench-methods`: every method at its defaults on the sealed rows of every bundled domain.

Defaults and ranges were fixed before sealed or transfer rows were opened (docs/methods.md names the commit). This prints
what came out; it chooses nothing.
"""

import argparse
import json
import time

import numpy as np
from researchfleet_agent.methods.pipeline import Pipeline
from researchfleet_agent.methods.registry import METHODS
from researchfleet_core.pgr import bootstrap_interval
from researchfleet_core.testbed import Role, Slice
from trials import ROOT, Trial, baselines, pool, run_all, seeds, testbed

DOMAINS = ("movie", "amazon", "nyt", "tweets")


def main() -> None:
    """Print a table of PGR with 95 % intervals and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--fit", choices=("head", "top", "both"), default="both", help="frozen features, fine-tuned, or both"
    )
    parser.add_argument("--seeds", type=int, default=5, help="seeds of a cell")
    parser.add_argument("--student", default="minilm", help="folder name of the student")
    parser.add_argument("--domains", nargs="+", default=list(DOMAINS), help="bundled testbeds")
    given = parser.parse_args()
    fits = ("head", "top") if given.fit == "both" else (given.fit,)
    started = time.monotonic()
    cells = [(name, fit, domain) for fit in fits for name in METHODS for domain in given.domains]
    trials = [
        Trial(domain, Role.REPRODUCTION, given.student, json.dumps(pipeline(name, fit).to_json()), seed, teacher)
        for name, fit, domain in cells
        for seed, teacher in seeds(given.seeds, len(testbed(domain).sealed.weak))
    ]
    rows = []
    print(f"{'method':28} {'fit':5} {'domain':8} {'accuracy':>8}  PGR [95 % interval], {given.seeds} seeds", flush=True)
    with pool() as workers:
        results = run_all(workers, trials)
        for name, fit, domain in cells:
            right = np.stack([next(results) for _ in range(given.seeds)])
            weak, ceiling = baselines(domain, given.student, Slice.SEALED)
            score = bootstrap_interval(right, weak, ceiling)
            rows.append({"method": name, "fit": fit, "domain": domain, "accuracy": right.mean(), **score.model_dump()})
            said = f"{score.value:5.2f} [{score.low:5.2f}, {score.high:5.2f}]"
            print(f"{name:28} {fit:5} {domain:8} {right.mean():8.4f}  {said}", flush=True)
    out = ROOT / "runs" / "bench" / "methods.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(f"{len(trials)} runs in {time.monotonic() - started:.0f} s; {out.relative_to(ROOT)}")


def pipeline(name: str, fit: str) -> Pipeline:
    """The method at its defaults with this fit."""
    return Pipeline.from_json({"steps": [{"method": name, "parameters": {"fit": fit}}]})


if __name__ == "__main__":
    main()
