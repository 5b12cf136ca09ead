"""Notes of what was built, so that asking whether all is there takes no time."""

import json
from hashlib import sha256
from pathlib import Path

from researchfleet.local.errors import CannotRunError
from researchfleet.local.home import Home

# Whatever of the agents' code decides what features are.
_CODE = ("features.py", "students.py", "task.py", "student/*.py")


class Built:
    """A folder with one note for each thing built, named by all that it was made from, listing the files it consists of."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has(self, name: str, out: Path) -> bool:
        """Whether the thing was built, and all its files are still in `out`."""
        try:
            files = json.loads((self._folder / name).read_bytes())
        except (FileNotFoundError, ValueError):
            return False
        return all((out / file).is_file() for file in files)

    def note(self, name: str, files: list[str]) -> None:
        """It was built, of these files."""
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f".{name}.part"
        part.write_text(json.dumps(files))
        part.replace(self._folder / name)


def named(*made_from: str) -> str:
    """A name for what is made from these."""
    return sha256(json.dumps(made_from).encode()).hexdigest()[:32]


def code_digest(home: Home) -> str:
    """Of the agents' code that builds. Raises CannotRunError when their environment has none."""
    package = next((home.python.parent.parent / "lib").glob("python3.*/site-packages/researchfleet_agent"), None)
    if package is None:
        raise CannotRunError(f"{home.python} has no researchfleet_agent; `make install` builds the agents' environment")
    digest = sha256()
    for file in sorted(file for pattern in _CODE for file in package.glob(pattern)):
        digest.update(file.read_bytes())
    return digest.hexdigest()
