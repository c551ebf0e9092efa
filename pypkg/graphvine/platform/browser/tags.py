"""Values that cross between Python and a page exactly: what JavaScript has no type for is an object with one tag.

A page reads them when it asks for exact values, and writes them wherever a value goes:

    {$date: "2024-05-01"}  {$localTime: "10:00"}  {$time: "10:00+02:00"}  {$localDateTime: "2024-05-01T10:00"}
    {$dateTime: "2024-05-01T10:00+02:00[Europe/Vienna]"}  {$duration: "P1DT2H"}
    {$int: "9007199254740993"}   whole numbers beyond 2^53; a BigInt is taken, too
    {$float: "2.0"}              floats without a fraction, which JavaScript writes as whole numbers
    {$counter: 2}  {$set: [...]}  {$map: {...}}  {$list: [...]}  {$text: "..."}    mergeable values

Everything else is itself: null, true and false, numbers, text, arrays; bytes are a Uint8Array. The tags are closed: an
object with one key that begins with "$" is a tag or a mistake. A map of the user's (a parameter, or the row of a query)
that looks like one goes as {$map: {"$date": ...}}, and comes like that. Nothing here trusts what comes: whatever it is,
it becomes a value or an InvalidValue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphvine.errors import InvalidValue
from graphvine.files.value_text import NotFinite, parse_value
from graphvine.model.mergeable import Counter, List, Map, Mergeable, Set, Text
from graphvine.model.temporal import Date, DateTime, Duration, LocalDateTime, LocalTime, Time
from graphvine.query.temporal_text import MAX_TEXT, format_temporal

MAX_SAFE_INTEGER = 2**53 - 1
MAX_DEPTH = 16
"""How deep a value from a page may nest; properties need 4, and parameters of queries hold what they hold."""

_PLAIN = frozenset({str, bool, bytes, type(None)})
_FLAT: frozenset[Any] = _PLAIN | {int, float}
_TEMPORAL_TAGS: dict[type, str] = {
    Date: "$date",
    LocalTime: "$localTime",
    Time: "$time",
    LocalDateTime: "$localDateTime",
    DateTime: "$dateTime",
    Duration: "$duration",
}
# Tag -> the name that `files.value_text` has for the type.
_TEXT_KINDS = {tag: tag[1:].lower() for tag in _TEMPORAL_TAGS.values()} | {"$int": "long", "$float": "double"}
_MERGEABLE: dict[str, tuple[type, str, Callable[[Any], Mergeable]]] = {
    "$counter": (int, "a whole number", Counter),
    "$set": (list, "an array", Set),
    "$map": (dict, "an object", Map),
    "$list": (list, "an array", List),
    "$text": (str, "a text", Text),
}
TAGS = (*_TEXT_KINDS, *_MERGEABLE)


# -- to a page ---------------------------------------------------------------------------------------------------------


def to_page(value: Any) -> Any:
    """Return an exact value (see `Graph.get`) as a page gets it. Entities are for the caller to take apart."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is int:
        return value if -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER else {"$int": str(value)}
    if kind is float:
        return {"$float": repr(value)} if value.is_integer() and abs(value) <= MAX_SAFE_INTEGER else value
    if kind in _TEMPORAL_TAGS:
        return {_TEMPORAL_TAGS[kind]: format_temporal(value)}
    if isinstance(value, (list, tuple)):
        return [to_page(each) for each in value]
    if isinstance(value, Mapping):
        return escaped({name: to_page(each) for name, each in value.items()})
    return _mergeable_to_page(value)


def escaped(entries: dict[str, Any]) -> dict[str, Any]:
    """Return a map of the user's so that nobody takes it for a tag."""
    return {"$map": entries} if _tag_of(entries) is not None else entries


def properties_to_page(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties of a vertex or an edge as a page gets them: never a tag themselves."""
    return {name: to_page(value) for name, value in properties.items()}


def _mergeable_to_page(value: Any) -> Any:
    if isinstance(value, Counter):
        return {"$counter": to_page(value.amount)}
    if isinstance(value, Text):
        return {"$text": value.content}
    if isinstance(value, Map):
        return {"$map": properties_to_page(value.entries)}
    if isinstance(value, (Set, List)):
        return {"$set" if isinstance(value, Set) else "$list": [to_page(each) for each in value.elements]}
    raise InvalidValue(f"A {type(value).__name__} has no form for pages.")


# -- from a page -------------------------------------------------------------------------------------------------------


def properties_from_page(properties: Any) -> Any:
    """Return properties of a page with what its tags mean. What is no dict is for `put` to refuse."""
    if not isinstance(properties, dict):
        return properties
    if _FLAT.issuperset(map(type, properties.values())):
        return properties
    return {name: _property(value) for name, value in properties.items()}


def value_from_page(value: Any) -> Any:
    """Return a single value of a page: an element of a list, an argument of a verb. No mergeable value."""
    return _plain(value, MAX_DEPTH, "A value that stands alone or in a list")


def values_from_page(values: list[Any]) -> list[Any]:
    """Return what `value_from_page` does of each; at the speed of C when all are plain."""
    return values if _FLAT.issuperset(map(type, values)) else list(map(value_from_page, values))


def parameters_from_page(parameters: Any) -> Any:
    """Return the parameters of a query. They may hold maps, and maps may nest; {$map: ...} is a map."""
    if not isinstance(parameters, dict):
        return parameters
    return {name: _plain(value, MAX_DEPTH, "A parameter") for name, value in parameters.items()}


def _tag_of(value: Any) -> str | None:
    """Return the tag of an object that has one key that begins with "$"."""
    if type(value) is not dict or len(value) != 1:
        return None
    (key,) = value
    return key if type(key) is str and key.startswith("$") else None


def _property(value: Any) -> Any:
    """Return a property: a value, or a mergeable one."""
    if type(value) is not dict:
        return value if type(value) in _PLAIN or type(value) in (int, float) else value_from_page(value)
    tag = _tag_of(value)
    if tag is None:
        return value  # `put` says what is wrong with it
    if tag not in _MERGEABLE:
        return _scalar(tag, value[tag])
    return _MERGEABLE[tag][2](_mergeable_content(tag, value[tag]))


def _mergeable_content(tag: str, content: Any) -> Any:
    kind, name, _ = _MERGEABLE[tag]
    if tag == "$counter" and _tag_of(content) == "$int":
        return _scalar("$int", content["$int"])
    if kind is int and isinstance(content, int) and not isinstance(content, bool):
        return int(content)
    if type(content) is not kind:
        raise InvalidValue(f"{tag} takes {name}, not {_shown(content)}.")
    if isinstance(content, list):
        return values_from_page(content)
    if not isinstance(content, dict) or _FLAT.issuperset(map(type, content.values())):
        return content
    return {key: value_from_page(each) for key, each in content.items()}


def _plain(value: Any, depth: int, place: str) -> Any:
    """Return a value that is not mergeable, with what the tags in it mean."""
    kind = type(value)
    if kind in _PLAIN or kind is int or kind is float:
        return value
    if isinstance(value, int):
        return int(value)  # a BigInt has a class of its own
    if depth == 0:
        raise InvalidValue(f"{place} nests deeper than {MAX_DEPTH} levels.")
    if kind is list:
        return [_plain(each, depth - 1, place) for each in value]
    if kind is not dict:
        raise InvalidValue(f"{place} is a {kind.__name__}, or nests too deep to come here.")
    tag = _tag_of(value)
    if tag is None:
        return {key: _plain(each, depth - 1, place) for key, each in value.items()}
    if tag == "$map" and type(value[tag]) is dict:
        return {key: _plain(each, depth - 1, place) for key, each in value[tag].items()}
    if tag in _MERGEABLE:
        raise InvalidValue(f"{place} can't be {tag}, a mergeable value. It belongs into a property of its own.")
    return _scalar(tag, value[tag])


def _scalar(tag: str, content: Any) -> Any:
    if tag not in _TEXT_KINDS:
        raise InvalidValue(
            f"There is no value {tag[:60]!r}; there are {', '.join(TAGS)}. "
            'A map of your own with such a key goes as {"$map": {...}}.'
        )
    if tag in ("$int", "$float"):
        content = _number_text(content)
    if type(content) is not str:
        raise InvalidValue(f"{tag} takes a text, not {_shown(content)}.")
    if len(content) > MAX_TEXT:
        raise InvalidValue(f"{tag} takes a text of at most {MAX_TEXT} characters, not {len(content)}.")
    try:
        return parse_value(_TEXT_KINDS[tag], content)
    except NotFinite:
        raise InvalidValue(f"{tag} takes finite numbers only, not {_shown(content)}.") from None
    except ValueError as error:
        raise InvalidValue(f"{tag}: {error}") from None


def _number_text(content: Any) -> Any:
    """Return a Number or a BigInt of sane size as text, and anything else as it is."""
    if isinstance(content, int) and type(content) is not bool and abs(content) < 2**64:
        return str(int(content))
    return repr(content) if type(content) is float else content


def _shown(content: Any) -> str:
    """A few words about what came: never the whole of it, and nothing that could nest."""
    if type(content) in (bool, float, type(None)) or (type(content) is int and abs(content) < 2**64):
        return repr(content)
    return repr(content[:60]) if type(content) is str else f"a {type(content).__name__}"
