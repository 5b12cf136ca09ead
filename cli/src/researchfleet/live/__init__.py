"""What a person sees while a fleet runs."""

from researchfleet.live.events import Event, Kind
from researchfleet.live.picture import Picture, picture
from researchfleet.live.view import JsonLines, Lines, Screen, View

__all__ = ["Event", "JsonLines", "Kind", "Lines", "Picture", "Screen", "View", "picture"]
