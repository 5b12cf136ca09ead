import json
import runpy
import sys

import numpy as np
import pytest
from researchfleet_agent.methods import METHODS, ParameterError, Pipeline, StepOf, named, snapshot_files
from researchfleet_agent.methods.program import main
from researchfleet_core.families import Family
from researchfleet_core.testbed.archive import Rows, TaskFile, task_folder
from researchfleet_core.wire.snapshots import Manifest


def test_a_pipeline_survives_json():
    rng = np.random.default_rng(1)
    steps = tuple(
        StepOf.of(name, METHODS[name].space.sample(rng)) for name in ("crossfit", "confident-only", "bagged-ensemble")
    )
    pipeline = Pipeline(steps, principal=2)
    content = json.loads(json.dumps(pipeline.to_json()))
    assert Pipeline.from_json(content) == pipeline
    assert pipeline.family is Family.ENSEMBLE
    assert pipeline.name == "crossfit + confident-only + bagged-ensemble"


def test_a_pipeline_that_makes_no_sense_is_refused():
    with pytest.raises(KeyError, match="'magic' is no method"):
        named("magic")
    with pytest.raises(ParameterError, match=r"confident-only\.keep: 2 is not allowed"):
        Pipeline.from_json({"steps": [{"method": "confident-only", "parameters": {"keep": 2}}]})
    with pytest.raises(ValueError, match="0 steps are not allowed"):
        Pipeline.from_json({"steps": []})
    with pytest.raises(ValueError, match="principal: 1 is not allowed"):
        Pipeline.of("hard-labels", principal=1)


def test_the_last_step_decides_how_the_student_is_fitted(problem):
    pipeline = Pipeline((StepOf.of("crossfit", {"penalty": 1.0}), StepOf.of("hard-labels", {"penalty": 0.1})))
    study = problem.study()
    plan = study.plan()
    for step in pipeline.steps:
        plan = step.method.apply(study, plan, step.parameters)
    assert plan.recipe.penalty == 0.1


def test_a_snapshot_runs_by_the_documented_command_line_and_gives_what_the_pipeline_gives(problem, tmp_path, monkeypatch):
    about = TaskFile(
        name="synthetic",
        version="synthetic@sha256:0",
        question="?",
        balanced=True,
        grouped=False,
        rows=Rows(pool=len(problem.task.pool), test=len(problem.task.test)),
        teachers=1,
    )
    weak = problem.weak.astype(np.float32)
    for name, content in task_folder(about, problem.task.pool, problem.task.test, weak[None]).items():
        (tmp_path / "task" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "task" / name).write_bytes(content)
    pipeline = Pipeline.of("crossfit", "confident-only", principal=1)
    for name, text in snapshot_files(pipeline, 'On "agreement" \\ and """quotes"""').items():
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("RESEARCHFLEET_FEATURES", str(problem.features))
    inputs = ["--task", tmp_path / "task", "--weak-labels", tmp_path / "task/weak/0.npy", "--student", problem.student]
    monkeypatch.setattr(
        sys, "argv", [str(part) for part in ["run.py", *inputs, "--seed", 7, "--out", tmp_path / "out.json"]]
    )
    runpy.run_path(str(tmp_path / "run.py"), run_name="__main__")
    expected = pipeline.run(problem.study(weak.astype(np.float64), seed=7))
    assert json.loads((tmp_path / "out.json").read_text()) == np.round(expected, 6).tolist()


def test_a_snapshot_spells_out_what_it_does():
    pipeline = Pipeline.of("self-training", "bagged-ensemble")
    files = snapshot_files(pipeline, "Self-training, bagged")
    manifest = Manifest.model_validate_json(files["manifest.json"])
    assert (manifest.family, manifest.entry) == (Family.SELF_TRAINING, "run.py")
    assert manifest.parameters == pipeline.to_json()
    assert "Self-training, bagged" in files["run.py"]
    for step in pipeline.steps:
        assert step.method.source in files["run.py"]
        assert all(repr(name) in files["run.py"] for name in step.parameters)


def test_the_program_says_what_is_wrong_with_its_arguments(capsys):
    with pytest.raises(SystemExit):
        main(Pipeline.of("hard-labels").to_json(), ["--seed", "x"])
    assert "argument --seed: invalid int value" in capsys.readouterr().err
