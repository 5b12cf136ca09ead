"""The commands of `researchfleet`, one module each."""
