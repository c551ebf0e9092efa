"""All functions and aggregates, by lower-case name."""

from __future__ import annotations

from graphvine.query.functions.aggregates import AGGREGATES, COUNT_STAR
from graphvine.query.functions.conversions import CONVERSION_FUNCTIONS
from graphvine.query.functions.entities import ENTITY_FUNCTIONS
from graphvine.query.functions.lists import LIST_FUNCTIONS
from graphvine.query.functions.numbers import NUMBER_FUNCTIONS
from graphvine.query.functions.signature import Aggregate, Function
from graphvine.query.functions.temporals import TEMPORAL_FUNCTIONS
from graphvine.query.functions.texts import TEXT_FUNCTIONS

FUNCTIONS: dict[str, Function] = (
    NUMBER_FUNCTIONS | TEXT_FUNCTIONS | LIST_FUNCTIONS | CONVERSION_FUNCTIONS | ENTITY_FUNCTIONS | TEMPORAL_FUNCTIONS
)


def aggregate(name: str) -> Aggregate:
    """Return the aggregate of a call; ``*`` is count(*)."""
    return COUNT_STAR if name == "*" else AGGREGATES[name.lower()]
