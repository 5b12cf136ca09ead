"""report.html: one file, no network, no script, made from summary.json alone."""

from researchfleet.report.page import render, write_report

__all__ = ["render", "write_report"]
