"""Reproduction: finalists run again by us, on sealed rows, beside two counterfactuals."""
