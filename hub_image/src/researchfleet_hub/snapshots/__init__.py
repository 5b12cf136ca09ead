"""Snapshots: checked, packed, stored by digest, listed (docs/snapshots.md)."""
