"""Small letters of long texts with a capital sigma in them, part by part.

At the end of a word a sigma becomes another letter than inside of it: it looks at the nearest characters on both sides
that count (Unicode, "Final_Sigma"). So each part is changed between the two that its own ends would look at.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable

from graphvine.query.run import Run

# Characters of a part, and of those that a sigma overlooks, one by one, from one chance to pause to the next.
PART, FEW = 65_536, 1_024


def with_sigmas(change: Callable[[str], str], value: str, run: Run) -> Generator[None, None, str]:
    """Return a text in other letters, with pauses."""
    cuts = [*range(0, len(value), PART), len(value)]
    behind = [""] * len(cuts)
    for number in range(len(cuts) - 2, 0, -1):
        found = yield from _nearest(value, range(cuts[number], cuts[number + 1]), run)
        behind[number] = found or behind[number + 1]
    made: list[str] = []
    before = ""
    for number in range(len(cuts) - 1):
        begin, end = cuts[number], cuts[number + 1]
        after = behind[number + 1]
        whole = change(before + value[begin:end] + after)
        made.append(whole[len(change(before)) : len(whole) - len(change(after))])
        found = yield from _nearest(value, range(end - 1, begin - 1, -1), run)
        before = found or before
        if run.is_due(PART >> 6):
            yield None
    return "".join(made)


def _nearest(value: str, places: Iterable[int], run: Run) -> Generator[None, None, str]:
    """Return the first character at some places that a sigma does not overlook, or nothing."""
    for number, place in enumerate(places, start=1):
        if not _is_overlooked(value[place]):
            return value[place]
        if not number % FEW and run.is_due(FEW):
            yield None
    return ""


def _is_overlooked(character: str) -> bool:
    """Ask a sigma itself: is it the last of its word with the character behind it, and not with a letter after that."""
    if character.isascii() and character.isalnum():
        return False
    return ("AΣ" + character).lower()[1] == "ς" and ("AΣ" + character + "A").lower()[1] == "σ"
