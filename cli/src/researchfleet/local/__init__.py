"""The runtime for one machine."""
