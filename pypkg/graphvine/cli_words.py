"""Counts as the command line says them."""

from __future__ import annotations

ONE = {"vertices": "vertex", "properties": "property"}


def counted(name: str, count: int) -> str:
    """Return such as "1 edge" or "2 vertices" for the name of many."""
    return f"{count:,} {ONE.get(name, name.removesuffix('s')) if count == 1 else name}"
