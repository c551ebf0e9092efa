"""Recorded keystrokes of real documents, replayed: `python -m tests.traces FILE...`."""
