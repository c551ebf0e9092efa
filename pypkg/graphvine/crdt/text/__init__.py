"""Text and lists by the event-graph approach (Eg-walker): `document.TextDocument` is the way in."""
