"""Where the things lie that runs on this machine share."""

from dataclasses import dataclass
from pathlib import Path

from researchfleet.local.errors import CannotRunError

# What a checkout of ours has at its top, after `make install`.
_MARKS = ("testbeds", "cli")


@dataclass(frozen=True)
class Home:
    """testbeds: a folder of testbed folders. students, features: built once, by `researchfleet prepare`.

    python: the agents' own. checkout: the folder they were found from; no sandbox may see it.
    """

    checkout: Path
    testbeds: Path
    students: Path
    features: Path
    python: Path

    @classmethod
    def find(
        cls,
        start: Path,
        *,
        testbeds: Path | None = None,
        students: Path | None = None,
        features: Path | None = None,
        python: Path | None = None,
    ) -> "Home":
        """The checkout that `start` lies in, or this code; with what is given instead of its own.

        Raises CannotRunError when there is none, or no environment for agents in it.
        """
        places = [*start.resolve().parents, *Path(__file__).resolve().parents]
        places.insert(0, start.resolve())
        checkout = next((place for place in places if all((place / mark).is_dir() for mark in _MARKS)), None)
        if checkout is None:
            raise CannotRunError(f"{start} lies in no checkout of ResearchFleet; run this inside one")
        found = cls(
            checkout=checkout,
            testbeds=(testbeds or checkout / "testbeds").resolve(),
            students=(students or checkout / ".cache" / "students").resolve(),
            features=(features or checkout / ".cache" / "features").resolve(),
            # Not resolved: the link is what makes it a virtual environment's.
            python=(python or checkout / ".venv-agent" / "bin" / "python").absolute(),
        )
        if not found.python.exists():
            raise CannotRunError(f"{found.python} is not there: the agents' own Python; `make install` builds it")
        return found

    @property
    def agent_features(self) -> Path:
        """Features of inputs that agents see."""
        return self.features / "agent"

    @property
    def sealed_features(self) -> Path:
        """Features of inputs that only reproductions see."""
        return self.features / "sealed"
