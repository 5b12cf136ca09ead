"""What runs share and need only once: student models, and what students compute of every text."""

from researchfleet.local.preparing.prepare import Progress, prepare

__all__ = ["Progress", "prepare"]
