"""Building, checking and showing testbeds (docs/testbeds.md)."""
