"""Names and ids as IRIs: how JSON-LD says them, and back. Nothing is ever fetched."""

from __future__ import annotations

import re

from graphvine.errors import FileError

VERTEX = "urn:graphvine:vertex:"
EDGE = "urn:graphvine:edge:"
NAME = "urn:graphvine:name:"
OURS = "urn:graphvine:"
XSD = "http://www.w3.org/2001/XMLSchema#"
# What every document of ours begins with.
CONTEXT = {"@vocab": NAME, "n": NAME, "v": VERTEX, "e": EDGE, "g": OURS, "xsd": XSD}
EDGE_TYPE = OURS + "Edge"
MAX_TERMS = 10_000

_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@")
_ALL_SAFE = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:@]+", re.ASCII)
_ABSOLUTE = re.compile(r"(?:https?|ipfs|did|mailto|urn):[A-Za-z0-9\-._~!$&'()*+,;=:@/?#%]+", re.ASCII)
_PLAIN = re.compile(r"[^\W\d]\w*")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")


def quote(text: str) -> str:
    """Return `text` with everything but unreserved characters as %XX of its UTF-8."""
    if _ALL_SAFE.fullmatch(text):
        return text
    return "".join(chr(byte) if byte in _SAFE else f"%{byte:02X}" for byte in text.encode())


def unquote(text: str) -> str:
    """Undo `quote`. What is no UTF-8 stays as it is."""
    if "%" not in text:
        return text
    try:
        return _PERCENT.sub(lambda found: bytes([int(found[1], 16)]), text.encode()).decode()
    except UnicodeDecodeError:
        return text


def write_id(id_: str) -> str:
    """Return a vertex id as an IRI: as it is when it is one, else in our own namespace."""
    if _ABSOLUTE.fullmatch(id_) and not id_.startswith(OURS):
        return id_
    return "v:" + quote(id_)


def write_name(name: str) -> str:
    """Return a label, type or property name as a term, or as a compact IRI where a term would mean something else."""
    return name if _PLAIN.fullmatch(name) and name not in CONTEXT else "n:" + quote(name)


class Context:
    """What the terms of a document mean, as far as a property graph cares."""

    def __init__(self) -> None:
        self._prefixes: dict[str, str] = {}
        self._keywords: dict[str, str] = {}
        self._types: dict[str, str] = {}
        self._lists: dict[str, None] = {}

    def copy(self) -> Context:
        """Return a context to be changed by an inner ``@context``."""
        fresh = Context()
        fresh.__dict__ = {name: dict(table) for name, table in self.__dict__.items()}
        return fresh

    def take(self, context: object, line: int) -> int:
        """Take in the value of ``@context``. Return how many parts of it lie elsewhere and were not fetched."""
        if isinstance(context, list):
            return sum(self.take(part, line) for part in context)
        if isinstance(context, str):
            return 1
        if context is None:
            self.__dict__ = Context().__dict__
            return 0
        if not isinstance(context, dict):
            raise FileError("A @context is an object, an address, or a list of those.", line=line)
        if len(context) + len(self._prefixes) > MAX_TERMS:
            raise FileError(f"A @context has more than {MAX_TERMS:,} terms.", line=line)
        for term, meaning in context.items():
            self._define(term, meaning)
        return 0

    def _define(self, term: str, meaning: object) -> None:
        if isinstance(meaning, dict):
            if isinstance(meaning.get("@type"), str):
                self._types[term] = meaning["@type"]
            if meaning.get("@container") == "@list":
                self._lists[term] = None
            meaning = meaning.get("@id")
        if isinstance(meaning, str):
            table = self._keywords if meaning.startswith("@") else self._prefixes
            table[term] = meaning

    def keyword(self, key: str) -> str:
        """Return the keyword that a key stands for, or the key."""
        return self._keywords.get(key, key)

    def type_of(self, key: str) -> str:
        """Return the type that the values of a key have by the context: ``@id``, an IRI, or ''."""
        found = self._types.get(key, "")
        return found if found.startswith("@") else self.expand(found)

    def is_list(self, key: str) -> bool:
        """Tell whether an array of this key is a list, in order."""
        return key in self._lists

    def expand(self, term: str) -> str:
        """Return the IRI of a compact one, or the term."""
        prefix, mark, rest = term.partition(":")
        base = self._prefixes.get(prefix) if mark and not rest.startswith("//") else None
        return term if base is None else base + rest

    def read_id(self, term: str) -> str:
        """Return the vertex id that an ``@id`` means."""
        iri = self.expand(term)
        return unquote(iri.removeprefix(VERTEX)) if iri.startswith(VERTEX) else iri

    def read_edge_id(self, term: str) -> str:
        """Return the edge id that an ``@id`` means."""
        iri = self.expand(term)
        return unquote(iri.removeprefix(EDGE)) if iri.startswith(EDGE) else iri

    def read_name(self, term: str) -> str:
        """Return the label, type or property name that a term means: as written, if it is not one of ours."""
        iri = self.expand(term)
        return unquote(iri.removeprefix(NAME)) if iri.startswith(NAME) else term
