"""State: every mutable fact is a row, changed in one transaction."""

from researchfleet_evaluator.store.engine import Store

__all__ = ["Store"]
