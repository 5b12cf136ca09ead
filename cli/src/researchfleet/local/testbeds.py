"""The testbeds that come with ResearchFleet, by name."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from researchfleet_core.testbed import MANIFEST, SUMS, Manifest, TestbedError, Use
from researchfleet_core.testbed.manifest import parse_manifest

from researchfleet.testbed.places import read_yaml


@dataclass(frozen=True)
class Bundled:
    """One of them; its rows and labels stay unread. digest: its version, as far as its own list of sums can be trusted."""

    folder: Path
    digest: str
    manifest: Manifest

    @property
    def is_for_research(self) -> bool:
        """Whether fleets may climb it."""
        return self.manifest.use is Use.RESEARCH


def bundled_testbeds(folder: Path) -> dict[str, Bundled]:
    """All in `folder` that have a readable manifest, by name."""
    found = {}
    for place in sorted(path for path in folder.iterdir() if (path / MANIFEST).is_file() and (path / SUMS).is_file()):
        try:
            manifest = parse_manifest(read_yaml((place / MANIFEST).read_bytes()))
        except TestbedError:
            continue
        digest = f"sha256:{sha256((place / SUMS).read_bytes()).hexdigest()}"
        found[manifest.name] = Bundled(place, digest, manifest)
    return found
