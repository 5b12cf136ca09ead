"""What runs share and need only once: student models, and what students compute of every text."""

from researchfleet.local.preparing.building import Progress
from researchfleet.local.preparing.prepare import prepare

__all__ = ["Progress", "prepare"]
