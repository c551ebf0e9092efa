"""A table with several others beside us: their times, and how many times as long they take as we do."""

from __future__ import annotations


class Table:
    """Prints a heading, then rows as they come.

    systems: the columns. unit: behind each number. Ratios under 1 mean that we lose.
    """

    def __init__(self, title: str, systems: list[str]) -> None:
        self.systems = systems
        columns = "".join(f" {system:>21}" for system in systems)
        print(f"\n{title:52} {'Graphvine':>12}{columns}  aim", flush=True)

    def row(self, what: str, ours: float, theirs: dict[str, float], *, unit: str = "ms", note: str = "") -> None:
        """Print a row. theirs: by system; one that is missing has no such thing, or could not run."""
        cells = []
        for system in self.systems:
            value = theirs.get(system)
            cells.append(
                f"{'-':>21}" if value is None else f"{_number(value, 10)} {unit} {value / max(ours, 1e-9):>6.1f}x"
            )
        print(f"{what:52} {_number(ours, 9)} {unit} {' '.join(cells)}  {note}", flush=True)

    def remark(self, text: str) -> None:
        """Print a line under the table."""
        print(f"  {text}", flush=True)


def _number(value: float, width: int) -> str:
    """Small numbers with more digits."""
    return f"{value:>{width},.{1 if value >= 10 else 3}f}"
