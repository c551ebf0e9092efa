"""A social graph from a seed, like LDBC's: persons who know people near them, cities, interests, posts."""

from __future__ import annotations

import random
from typing import Any

CITIES, TAGS = 100, 200


class Social:
    """The graph as plain lists.

    persons: (id, name, age, city). knows: pairs of persons, each pair once, the lower number first.
    interests: (person, tag). posts: (id, author, likes); likes are all different, so that "the first 10" is one answer.
    """

    def __init__(self, count: int, seed: int = 7) -> None:
        dice = random.Random(seed)
        self.persons = [
            (f"p{number}", f"Person {number}", int(dice.random() * 80), int(dice.random() ** 2 * CITIES))
            for number in range(count)
        ]
        self.knows = self._knows(count, dice)
        self.interests = sorted({
            (person, int(dice.random() ** 2 * TAGS)) for person in range(count) for _ in range(3)
        })  # fmt: skip
        likes = list(range(count))
        dice.shuffle(likes)
        self.posts = [(f"m{number}", int(dice.random() ** 2 * count), likes[number]) for number in range(count)]
        self.dice = dice

    @staticmethod
    def _knows(count: int, dice: random.Random) -> list[tuple[int, int]]:
        """Few have many friends (a power law), and most friends are near: friends of friends are often friends."""
        pairs: dict[tuple[int, int], None] = {}
        for person in range(count):
            for _ in range(min(int(2.5 / (1 - dice.random()) ** 0.6), 200)):
                reach = count if dice.random() < 0.2 else 40
                other = (person + 1 + int(dice.random() * reach)) % count
                if other != person:
                    pairs[(min(person, other), max(person, other))] = None
        return sorted(pairs)

    def some(self, count: int) -> list[int]:
        """Return persons, picked by the dice."""
        return [int(self.dice.random() * len(self.persons)) for _ in range(count)]

    def questions(self) -> dict[str, Any]:
        """Return what every system is asked."""
        everybody = self.some(400)
        return {
            "lookup": [f"p{number}" for number in everybody],
            "friends": [f"p{number}" for number in everybody[:50]],
            "shortest": [[f"p{one}", f"p{other}"] for one, other in zip(everybody[:20], everybody[20:40], strict=True)],
            "top": 10,
            "insert": [[f"new{number}", f"New {number}", number % 80, f"p{number}"] for number in range(1000)],
            "single": [[f"one{number}", f"One {number}", number % 80, f"p{number}"] for number in range(100)],
        }

    def plain(self) -> dict[str, Any]:
        """Return the graph for JSON."""
        return {
            "persons": self.persons, "knows": self.knows, "interests": self.interests, "posts": self.posts,
            "cities": CITIES, "tags": TAGS,
        }  # fmt: skip
