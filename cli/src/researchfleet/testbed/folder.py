"""Testbed folders on disk."""

from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from researchfleet_core.testbed import MANIFEST, Manifest, Testbed, TestbedError

from researchfleet.testbed.places import read_model, read_yaml


def read_files(folder: Path) -> dict[str, bytes]:
    """Every file of the folder by its path inside. Raises TestbedError for a link: it may lead anywhere."""
    if not folder.is_dir():
        raise TestbedError(str(folder), "no such folder")
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise TestbedError(str(path), "a link is not allowed (plain files only)")
        if path.is_file():
            files[path.relative_to(folder).as_posix()] = path.read_bytes()
    return files


def load(folder: Path) -> Testbed:
    """The verified testbed of a folder. Raises TestbedError naming what is wrong and where."""
    files = read_files(folder)
    if MANIFEST in files:
        # Read for its errors only: with the file at hand they can name lines.
        read_model(Manifest, files[MANIFEST], folder / MANIFEST)
    try:
        return Testbed.from_files(files, read_yaml)
    except TestbedError as error:
        raise TestbedError(f"{folder}/{error.place}", error.problem) from None


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Put the files in place of the folder in one step, so that a reader never sees half a testbed."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    fresh.chmod(0o755)
    for name, content in files.items():
        path = fresh / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if folder.exists():
        rmtree(folder)
    fresh.rename(folder)
