"""A fleet as the runtime sees it: set up once, synced every few seconds."""
