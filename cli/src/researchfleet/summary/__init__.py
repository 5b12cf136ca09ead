"""summary.json: everything a run showed, in one documented file (docs/summary.md). The report is made from it alone."""

from researchfleet.summary.build import Sources, build
from researchfleet.summary.file import SummaryError, read_summary, write_summary
from researchfleet.summary.model import SCHEMA, State, Summary

__all__ = ["SCHEMA", "Sources", "State", "Summary", "SummaryError", "build", "read_summary", "write_summary"]
