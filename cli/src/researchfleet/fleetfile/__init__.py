"""fleet.yaml read into a ResearchFleet, or every error in it with line, column, field, value and what is allowed."""

from researchfleet.fleetfile.problem import FleetFileError, Problem
from researchfleet.fleetfile.read import FleetFile, read_fleet

__all__ = ["FleetFile", "FleetFileError", "Problem", "read_fleet"]
