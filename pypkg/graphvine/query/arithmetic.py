"""``+ - * / % ^`` on numbers, text, lists and temporal values, with the errors of 64-bit integers."""

from __future__ import annotations

from math import copysign, fmod, inf, nan
from typing import Any

from graphvine.limits import MAX_INTEGER, MAX_VALUE_BYTES, MIN_INTEGER
from graphvine.model.temporal import TEMPORAL_TYPES, Duration
from graphvine.query.fault import arithmetic_error, limit_error, type_error
from graphvine.query.temporal_arithmetic import add_temporal, divide_duration, multiply_duration, subtract_temporal
from graphvine.query.values import type_name

# Elements of a list that a query builds.
MAX_LIST = 2_000_000


def check_integer(value: int) -> int:
    """Return `value` if it fits into 64 bits, or raise Fault."""
    if MIN_INTEGER <= value <= MAX_INTEGER:
        return value
    raise arithmetic_error("IntegerOverflow", "The result does not fit into a 64-bit integer. Use a float.")


def _refuse(operator: str, left: Any, right: Any) -> Exception:
    message = f"`{operator}` has no meaning between a {type_name(left)} and a {type_name(right)}."
    return type_error("InvalidArgumentType", message)


def _both_numbers(left: Any, right: Any) -> bool:
    return type(left) in (int, float) and type(right) in (int, float)


def add(left: Any, right: Any) -> Any:
    """Return ``left + right``."""
    if left is None or right is None:
        return None
    if type(left) is int and type(right) is int:
        return check_integer(left + right)
    if _both_numbers(left, right):
        return left + right
    if type(left) is str and type(right) is str:
        return check_text(left + right)
    return _add_others(left, right)


def _add_others(left: Any, right: Any) -> Any:
    if type(left) is list or type(right) is list:
        joined = (left if type(left) is list else [left]) + (right if type(right) is list else [right])
        if len(joined) > MAX_LIST:
            raise limit_error("ListTooLong", f"A list has at most {MAX_LIST:,} elements.")
        return joined
    for text, other in ((left, right), (right, left)):
        if type(text) is str and type(other) in (int, float):
            written = format_number(other)
            return check_text(text + written if text is left else written + text)
    if type(left) in TEMPORAL_TYPES and type(right) in TEMPORAL_TYPES:
        return add_temporal(left, right)
    raise _refuse("+", left, right)


def check_text(text: str) -> str:
    """Return `text` if it is not too long, or raise Fault."""
    if len(text) > MAX_VALUE_BYTES:
        raise limit_error("TextTooLong", f"A text has at most {MAX_VALUE_BYTES:,} characters.")
    return text


def format_number(value: float) -> str:
    """Return a number as toString does: floats always with a point or an exponent, as Java writes them."""
    if type(value) is int:
        return str(value)
    if value != value:
        return "NaN"
    if value in (inf, -inf):
        return "Infinity" if value > 0 else "-Infinity"
    text = repr(value)
    if 1e-3 <= abs(value) < 1e7 or value == 0:
        return text if "e" not in text else f"{value:f}"
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        mantissa, _, exponent = f"{value:.17e}".partition("e")
        digits = next(f"{value:.{places}e}" for places in range(1, 18) if float(f"{value:.{places}e}") == value)
        mantissa, _, exponent = digits.partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"


def subtract(left: Any, right: Any) -> Any:
    """Return ``left - right``."""
    if left is None or right is None:
        return None
    if type(left) is int and type(right) is int:
        return check_integer(left - right)
    if _both_numbers(left, right):
        return left - right
    if type(left) in TEMPORAL_TYPES and type(right) is Duration:
        return subtract_temporal(left, right)
    raise _refuse("-", left, right)


def multiply(left: Any, right: Any) -> Any:
    """Return ``left * right``."""
    if left is None or right is None:
        return None
    if type(left) is int and type(right) is int:
        return check_integer(left * right)
    if _both_numbers(left, right):
        return left * right
    for duration, factor in ((left, right), (right, left)):
        if type(duration) is Duration and type(factor) in (int, float):
            return multiply_duration(duration, factor)
    raise _refuse("*", left, right)


def divide(left: Any, right: Any) -> Any:
    """Return ``left / right``: integers are cut towards zero."""
    if left is None or right is None:
        return None
    if type(left) is int and type(right) is int:
        if right == 0:
            raise arithmetic_error("DivisionByZero", "An integer can't be divided by zero.")
        quotient = abs(left) // abs(right)
        return check_integer(quotient if (left < 0) == (right < 0) else -quotient)
    if _both_numbers(left, right):
        if right == 0:
            return nan if left == 0 or left != left else copysign(inf, left) * copysign(1.0, right)
        return left / right
    if type(left) is Duration and type(right) in (int, float):
        return divide_duration(left, right)
    raise _refuse("/", left, right)


def remainder(left: Any, right: Any) -> Any:
    """Return ``left % right``, with the sign of `left`."""
    if left is None or right is None:
        return None
    if type(left) is int and type(right) is int:
        if right == 0:
            raise arithmetic_error("DivisionByZero", "There is no remainder of a division by zero.")
        rest = abs(left) % abs(right)
        return -rest if left < 0 else rest
    if _both_numbers(left, right):
        return nan if right == 0 or left in (inf, -inf) else fmod(left, right)
    raise _refuse("%", left, right)


def power(left: Any, right: Any) -> Any:
    """Return ``left ^ right``, always a float."""
    if left is None or right is None:
        return None
    if not _both_numbers(left, right):
        raise _refuse("^", left, right)
    try:
        result = float(left) ** float(right)
    except OverflowError:
        return inf
    except ZeroDivisionError:
        return inf
    return result if type(result) is float else nan


def negate(value: Any) -> Any:
    """Return ``-value``."""
    if value is None:
        return None
    if type(value) is int:
        return check_integer(-value)
    if type(value) is float:
        return -value
    if type(value) is Duration:
        return multiply_duration(value, -1)
    raise type_error("InvalidArgumentType", f"A {type_name(value)} has no negative.")


ARITHMETIC = {"+": add, "-": subtract, "*": multiply, "/": divide, "%": remainder, "^": power}
