"""Constraints of other databases, in a Cypher script: what becomes of each here.

A graph that merges what people wrote apart can't refuse a write because of another one that it does not know yet, so
there are no constraints. But who declares that a property is unique looks vertices up by it: that wants an index.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_NAME = r"(?:[^\W\d]\w*|`(?:[^`]|``)+`)"
_OPTIONAL = rf"(?:\s+(?!(?:IF|FOR|ON)\b)(?P<name>{_NAME}))?(?:\s+IF\s+NOT\s+EXISTS)?"
_VERTEX = rf"\(\s*(?P<vertex>{_NAME})\s*:\s*(?P<label>{_NAME})\s*\)"
_EDGE = rf"\(\s*\)\s*<?-\s*\[\s*(?P<edge>{_NAME})\s*:\s*(?P<type>{_NAME})\s*\]\s*->?\s*\(\s*\)"
_CREATE = re.compile(
    rf"CREATE\s+CONSTRAINT{_OPTIONAL}\s+(?:FOR|ON)\s*(?:{_VERTEX}|{_EDGE})\s*(?:REQUIRE|ASSERT)\s*(?P<rule>.*)",
    re.IGNORECASE | re.DOTALL,
)
_OF = rf"\s*\(?\s*(?P<variable>{_NAME})\s*\.\s*(?P<property>{_NAME})\s*\)?\s*"
_UNIQUE = re.compile(rf"{_OF}\bIS\s+(?:(?:NODE|REL|RELATIONSHIP)\s+)?(?:UNIQUE|KEY)\b.*", re.IGNORECASE | re.DOTALL)
_SEVERAL = re.compile(r"\s*\([^)]*,[^)]*\)\s*IS\s+.*\b(?:UNIQUE|KEY)\b", re.IGNORECASE | re.DOTALL)
_PRESENT = re.compile(r".*\bIS\s+NOT\s+NULL\b|\s*exists\s*\(", re.IGNORECASE | re.DOTALL)
_TYPED = re.compile(r".*\bIS\s+(?:TYPED\b|::)", re.IGNORECASE | re.DOTALL)
# Statements about constraints, and those about indexes that only others know.
FOREIGN = re.compile(
    r"(?:CREATE|DROP)\s+CONSTRAINT\b|CREATE\s+(?:TEXT|POINT|FULLTEXT|LOOKUP|VECTOR|BTREE)\s+INDEX\b"
    r"|CALL\s+db\.(?:awaitIndex|resampleIndex)",
    re.IGNORECASE,
)
MAX_SHOWN = 60


class Verdict(NamedTuple):
    """What becomes of a statement. instead: the one to run in its place, or ''. reason: for the report."""

    instead: str
    reason: str


def judge(statement: str) -> Verdict:
    """Say what becomes of a statement that `FOREIGN` matches."""
    if not re.match(r"CREATE\s+CONSTRAINT\b", statement, re.IGNORECASE):
        first = re.sub(r"\s+", " ", statement)
        is_drop = first.upper().startswith("DROP")
        what = "DROP CONSTRAINT" if is_drop else "commands about indexes of other databases"
        return Verdict("", f"{what}: skipped" + (", there are no constraints here" if is_drop else ""))
    found = _CREATE.fullmatch(statement)
    if found is None:
        return Verdict("", "constraints of a form that is not known here: skipped")
    owner = found["label"] or found["type"]
    unique = _UNIQUE.fullmatch(found["rule"])
    if unique is not None and unique["variable"] == (found["vertex"] or found["edge"]):
        return _indexed(found, owner, unique["property"])
    return Verdict("", f"constraint on {_shown(owner)}: skipped, {_why(found['rule'])}")


def _indexed(found: re.Match[str], owner: str, name: str) -> Verdict:
    pattern = f"(x:{owner})" if found["label"] else f"()-[x:{owner}]-()"
    called = f" {found['name']}" if found["name"] else ""
    index = f"CREATE INDEX{called} IF NOT EXISTS FOR {pattern} ON (x.{name})"
    place = f"{_shown(owner)}.{_shown(name)}"
    return Verdict(index, f"constraint that {place} is unique: made an index, which finds doubles and refuses none")


def _why(rule: str) -> str:
    if _SEVERAL.match(rule):
        return "an index has one property"
    if _PRESENT.match(rule):
        return "properties that must exist are not checked here"
    return "types of properties are not checked here" if _TYPED.match(rule) else "its rule is not known here"


def _shown(name: str) -> str:
    plain = name[1:-1].replace("``", "`") if name.startswith("`") else name
    return plain if len(plain) <= MAX_SHOWN else f"{plain[: MAX_SHOWN - 1]}…"
