"""Experiments: registered before they are run, scored when all their seeds are there."""
