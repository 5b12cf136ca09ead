"""With what a run was made: versions, commit, machine."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from researchfleet.summary.model import Provenance

# What computes scores, in one sandbox or the other.
PACKAGES = ("numpy", "scikit-learn", "torch", "transformers", "tokenizers", "safetensors", "pydantic")


def provenance(sandbox: str) -> Provenance:
    """Of this process and the checkout it runs from. sandbox: `bwrap` or `none`."""
    return Provenance(
        researchfleet=version("researchfleet"),
        commit=commit(Path(__file__).parent),
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        cores=len(os.sched_getaffinity(0)),
        sandbox=sandbox,
        packages=installed(),
    )


def commit(folder: Path) -> str | None:
    """The commit of the checkout that `folder` lies in; None when it lies in none, or there is no git."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip()


def installed() -> dict[str, str]:
    """Versions of the packages that compute, as far as they are here."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
