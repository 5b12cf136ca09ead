"""The digest of a testbed: SHA256SUMS lists every other file, and its own sha256 is the version."""

from collections.abc import Mapping
from hashlib import sha256

from researchfleet_core.testbed.errors import TestbedError

SUMS = "SHA256SUMS"


def sums(files: Mapping[str, bytes]) -> bytes:
    """The content of SHA256SUMS for these files, as `sha256sum --check` reads it."""
    return "".join(f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files) if name != SUMS).encode()


def digest(files: Mapping[str, bytes]) -> str:
    """`sha256:<hex>` of a testbed whose files are as SHA256SUMS says. Raises TestbedError naming a file that is not."""
    if SUMS not in files:
        raise TestbedError(SUMS, "is missing; `researchfleet testbed build` writes it")
    if files[SUMS] != (expected := sums(files)):
        listed = _names(files[SUMS])
        there = _names(expected)
        for name in sorted(listed.keys() | there.keys()):
            if listed.get(name) != there.get(name):
                found, said = there.get(name, "of no file"), listed.get(name, "nothing of it")
                raise TestbedError(name, f"sha256 {found} is not allowed ({SUMS} says {said})")
        raise TestbedError(SUMS, "is not written as documented: lines sorted by name, as sha256sum writes them")
    return f"sha256:{sha256(files[SUMS]).hexdigest()}"


def _names(content: bytes) -> dict[str, str]:
    lines = (line.partition("  ") for line in content.decode(errors="replace").splitlines())
    return {name: value for value, _, name in lines}
