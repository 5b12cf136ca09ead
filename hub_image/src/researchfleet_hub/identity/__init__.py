"""Who is calling: tokens, and the door that every request passes."""
