"""Functions of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any

from graphvine.query.arithmetic import check_integer
from graphvine.query.fault import argument_error, type_error
from graphvine.query.functions.signature import INTEGERS, NUMBERS, TEXT, Function
from graphvine.query.kinds import ANY, FLOAT, INTEGER, NUMBER
from graphvine.query.values import type_name


def number(name: str, value: Any) -> Any:
    """Return `value` if it is a number, or raise Fault."""
    if type(value) not in (int, float):
        raise type_error("InvalidArgumentType", f"`{name}` takes a number, not a {type_name(value)}.")
    return value


def _real(name: str, function: Callable[[float], float], outside: float = math.nan) -> Function:
    """A function of floats; where it is not defined it gives `outside`."""

    def call(value: Any) -> float:
        try:
            return function(float(number(name, value)))
        except ValueError:
            return outside
        except OverflowError:
            return math.inf

    return Function(call, 1, 1, (NUMBERS,), FLOAT)


def _log(value: float) -> float:
    return -math.inf if value == 0 else math.log(value)


def _log10(value: float) -> float:
    return -math.inf if value == 0 else math.log10(value)


def _cot(value: float) -> float:
    tangent = math.tan(value)
    return math.inf if tangent == 0 else 1 / tangent


def _abs(value: Any) -> Any:
    return check_integer(abs(value)) if type(value) is int else abs(number("abs", value))


def _sign(value: Any) -> int:
    return int(number("sign", value) > 0) - int(value < 0)


def _whole(name: str, function: Callable[[float], int]) -> Function:
    def call(value: Any) -> float:
        real = float(number(name, value))
        return float(function(real)) if math.isfinite(real) else real

    return Function(call, 1, 1, (NUMBERS,), FLOAT)


def _round(value: Any, places: Any = 0, mode: Any = "HALF_UP") -> Any:
    real = float(number("round", value))
    if type(places) is not int or places < 0:
        raise argument_error("NumberOutOfRange", "`round` takes a number of digits, 0 or more.")
    if not math.isfinite(real) or places > 300:
        return real
    rounding = _ROUNDINGS.get(mode) if type(mode) is str else None
    if rounding is None:
        raise argument_error("InvalidArgumentValue", f"`round` knows {', '.join(_ROUNDINGS)}.")
    return rounding(real, places)


def _half_up(real: float, places: int) -> float:
    """Ties go towards positive infinity when rounding to whole numbers (as Java does), away from zero otherwise."""
    if places == 0:
        return float(math.floor(real + 0.5)) if abs(real) < 2**52 else real
    return _decimal(real, places, "ROUND_HALF_UP")


def _decimal(real: float, places: int, mode: str) -> float:
    exact = Decimal(repr(real))
    return float(exact.quantize(Decimal(1).scaleb(-places), rounding=mode, context=Context(prec=700)))


_ROUNDINGS: dict[str, Callable[[float, int], float]] = {
    "HALF_UP": _half_up,
    "UP": lambda real, places: _decimal(real, places, "ROUND_UP"),
    "DOWN": lambda real, places: _decimal(real, places, "ROUND_DOWN"),
    "CEILING": lambda real, places: _decimal(real, places, "ROUND_CEILING"),
    "FLOOR": lambda real, places: _decimal(real, places, "ROUND_FLOOR"),
    "HALF_DOWN": lambda real, places: _decimal(real, places, "ROUND_HALF_DOWN"),
    "HALF_EVEN": lambda real, places: _decimal(real, places, "ROUND_HALF_EVEN"),
}


def _atan2(y: Any, x: Any) -> float:
    return math.atan2(number("atan2", y), number("atan2", x))


def _haversin(value: float) -> float:
    return (1 - math.cos(value)) / 2


def _is_nan(value: Any) -> bool:
    real = number("isNaN", value)
    return bool(real != real)


NUMBER_FUNCTIONS: dict[str, Function] = {
    "abs": Function(_abs, 1, 1, (NUMBERS,), NUMBER),
    "sign": Function(_sign, 1, 1, (NUMBERS,), INTEGER),
    "ceil": _whole("ceil", math.ceil),
    "floor": _whole("floor", math.floor),
    "round": Function(_round, 1, 3, (NUMBERS, INTEGERS, TEXT), FLOAT),
    "sqrt": _real("sqrt", math.sqrt),
    "exp": _real("exp", math.exp),
    "log": _real("log", _log),
    "log10": _real("log10", _log10),
    "sin": _real("sin", math.sin),
    "cos": _real("cos", math.cos),
    "tan": _real("tan", math.tan),
    "cot": _real("cot", _cot),
    "asin": _real("asin", math.asin),
    "acos": _real("acos", math.acos),
    "atan": _real("atan", math.atan),
    "sinh": _real("sinh", math.sinh),
    "cosh": _real("cosh", math.cosh),
    "tanh": _real("tanh", math.tanh),
    "haversin": _real("haversin", _haversin),
    "degrees": _real("degrees", math.degrees),
    "radians": _real("radians", math.radians),
    "atan2": Function(_atan2, 2, 2, (NUMBERS, NUMBERS), FLOAT),
    "pi": Function(lambda: math.pi, 0, 0, (), FLOAT),
    "e": Function(lambda: math.e, 0, 0, (), FLOAT),
    "isnan": Function(_is_nan, 1, 1, (NUMBERS,), ANY),
    "rand": Function(lambda run: run.outside.random.random(), 0, 0, (), FLOAT, takes_run=True),
    "timestamp": Function(lambda run: run.statement_ms, 0, 0, (), INTEGER, takes_run=True),
}
