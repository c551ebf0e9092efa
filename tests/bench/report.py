"""The table that the benchmarks print, row by row as they come."""

from __future__ import annotations

# A time from here on means that the other had not finished when we stopped waiting.
GAVE_UP_MS = 60_000


def percentile(times: list[float], share: int) -> float:
    """The value below which `share` percent of `times` lie."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]


class Report:
    """Prints rows: what, ours, the other's, the ratio, and the aim where there is one."""

    def __init__(self, other: str = "GUN") -> None:
        self.rows: list[tuple[str, float, float]] = []
        print(f"{'':58} {'Graphvine':>12} {other:>12} {'ratio':>8}  aim", flush=True)

    def row(self, what: str, ours: float, theirs: float, *, aim: float | None = None, note: str = "") -> None:
        """Print one row. ours, theirs: milliseconds. aim: the ratio that we want. note: an aim in other words."""
        self.rows.append((what, ours, theirs))
        more = ">" if theirs >= GAVE_UP_MS else " "
        said = note or (f"{aim:g}x" if aim else "")
        print(f"{what:58} {ours:>9,.1f} ms {more}{theirs:>8,.1f} ms {theirs / ours:>7.1f}x  {said}", flush=True)

    def note(self, text: str) -> None:
        """Print a line of its own: a number that has no other side."""
        print(text, flush=True)
