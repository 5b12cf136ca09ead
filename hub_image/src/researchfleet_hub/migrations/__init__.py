"""The schema's history; applied by researchfleet_hub.state.migrate."""
