"""Functions of text."""

from __future__ import annotations

from typing import Any

from graphvine.query.arithmetic import MAX_LIST, check_text
from graphvine.query.fault import argument_error, limit_error, type_error
from graphvine.query.functions.signature import INTEGERS, LISTS, TEXT, Function
from graphvine.query.kinds import ANY, INTEGER, STRING, list_of
from graphvine.query.values import type_name

# Different characters that are trimmed: each character of a text may be compared with all of them.
MAX_TRIMMED = 64


def text(name: str, value: Any) -> str:
    """Return `value` if it is text, or raise Fault."""
    if type(value) is not str:
        raise type_error("InvalidArgumentType", f"`{name}` takes text, not a {type_name(value)}.")
    return value


def count(name: str, value: Any) -> int:
    """Return `value` if it is a number of characters, or raise Fault."""
    if type(value) is not int:
        raise type_error("InvalidArgumentType", f"`{name}` takes an integer, not a {type_name(value)}.")
    if value < 0:
        raise argument_error("NegativeIntegerArgument", f"`{name}` takes an integer that is not negative.")
    return value


def _left(value: Any, length: Any) -> str:
    return text("left", value)[: count("left", length)]


def _right(value: Any, length: Any) -> str:
    size = count("right", length)
    return text("right", value)[-size:] if size else ""


def _substring(value: Any, start: Any, length: Any = 2**62) -> str:
    first = count("substring", start)
    return text("substring", value)[first : first + count("substring", length)]


def _replace(value: Any, search: Any, replacement: Any) -> str:
    whole, old, new = text("replace", value), text("replace", search), text("replace", replacement)
    if not old:
        return whole
    if len(whole) + whole.count(old) * (len(new) - len(old)) > 2**22:
        raise limit_error("TextTooLong", "The text that `replace` makes is too long.")
    return check_text(whole.replace(old, new))


def _split(value: Any, delimiter: Any) -> list[str]:
    marks = delimiter if type(delimiter) is list else [delimiter]
    parts = [text("split", value)]
    for mark in marks:
        if not text("split", mark):
            return [character for part in parts for character in part]
        parts = [piece for part in parts for piece in part.split(mark)]
    return parts


def _reverse(value: Any) -> Any:
    if type(value) is list:
        return value[::-1]
    return text("reverse", value)[::-1]


def join(values: Any, delimiter: Any) -> str:
    """Return the texts of a list as one, with a text between each two."""
    if type(values) is not list:
        raise type_error("InvalidArgumentType", f"`join` takes a list, not a {type_name(values)}.")
    if len(values) > MAX_LIST:
        raise limit_error("ListTooLong", "The list is too long.")
    return check_text(text("join", delimiter).join(text("join", value) for value in values))


def _random_uuid(run: Any) -> str:
    """Return a version 4 UUID. From dice, not from entropy: no secret."""
    digits = [int(run.outside.random.random() * 16) for _ in range(32)]
    digits[12], digits[16] = 4, 8 + digits[16] % 4
    written = "".join(f"{digit:x}" for digit in digits)
    return f"{written[:8]}-{written[8:12]}-{written[12:16]}-{written[16:20]}-{written[20:]}"


def _plain(name: str, method: Any) -> Function:
    return Function(lambda value: method(text(name, value)), 1, 1, (TEXT,), STRING)


def _trimming(name: str, method: Any) -> Function:
    """Return a function that takes spaces off a text, or the characters of its second argument."""

    def trim(value: Any, characters: Any = None) -> str:
        taken = None if characters is None else "".join(set(text(name, characters)))
        if taken is not None and len(taken) > MAX_TRIMMED:
            message = f"`{name}` takes at most {MAX_TRIMMED} different characters off a text."
            raise argument_error("InvalidArgumentValue", message)
        trimmed: str = method(text(name, value), taken)
        return trimmed

    return Function(trim, 1, 2, (TEXT, TEXT), STRING)


_LIST_OR_TEXT = TEXT | LISTS
TEXT_FUNCTIONS: dict[str, Function] = {
    "toupper": _plain("toUpper", str.upper),
    "upper": _plain("upper", str.upper),
    "tolower": _plain("toLower", str.lower),
    "lower": _plain("lower", str.lower),
    "trim": _plain("trim", str.strip),
    "btrim": _trimming("btrim", str.strip),
    "ltrim": _trimming("lTrim", str.lstrip),
    "rtrim": _trimming("rTrim", str.rstrip),
    "left": Function(_left, 2, 2, (TEXT, INTEGERS), STRING),
    "right": Function(_right, 2, 2, (TEXT, INTEGERS), STRING),
    "substring": Function(_substring, 2, 3, (TEXT, INTEGERS, INTEGERS), STRING),
    "replace": Function(_replace, 3, 3, (TEXT, TEXT, TEXT), STRING),
    "split": Function(_split, 2, 2, (TEXT, _LIST_OR_TEXT), list_of(STRING)),
    "reverse": Function(_reverse, 1, 1, (_LIST_OR_TEXT,), ANY),
    "join": Function(join, 2, 2, (LISTS, TEXT), STRING),
    "char_length": Function(lambda value: len(text("char_length", value)), 1, 1, (TEXT,), INTEGER),
    "character_length": Function(lambda value: len(text("character_length", value)), 1, 1, (TEXT,), INTEGER),
    "randomuuid": Function(_random_uuid, 0, 0, (), STRING, takes_run=True),
}
