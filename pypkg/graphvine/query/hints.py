"""What to write instead: for words of other query languages, and for those of Neo4j that have no meaning here."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from graphvine.query.tokens import NAME, Token

_NO_CONSTRAINT = (
    "Graphvine has no constraints, as peers write while they can't see each other: give a vertex its own id "
    "({_id: '...'}) where it must be one and the same everywhere."
)
_INDEX_KIND = "There is one kind of index: CREATE INDEX FOR (n:Label) ON (n.property)."
_NO_SERVER = "A graph here is a space: open it by its name, there are no databases or users inside."
_PLANNER = "Leave it out: the planner finds the indexes by itself; EXPLAIN shows which."
# Words that stand next to each other where a query can't go on, and what to do.
_WORDS: dict[tuple[str, ...], str] = {
    ("LOAD", "CSV"): "Import files with graph.import_from, `graphvine import`, or by dropping them on the page.",
    ("USING", "PERIODIC"): "Import files with graph.import_from: it commits in parts by itself.",
    ("USING",): _PLANNER,
    ("IN", "TRANSACTIONS"): "A query is one transaction: send several queries, each with a part of the rows.",
    ("IN", "CONCURRENT"): "A query is one transaction: send several queries, each with a part of the rows.",
    ("CONSTRAINT",): _NO_CONSTRAINT,
    ("CONSTRAINTS",): _NO_CONSTRAINT,
    ("FULLTEXT",): _INDEX_KIND,
    ("TEXT",): _INDEX_KIND,
    ("POINT",): _INDEX_KIND,
    ("VECTOR",): _INDEX_KIND,
    ("LOOKUP",): _INDEX_KIND,
    ("FUNCTIONS",): "docs/cypher.md lists the functions.",
    ("PROCEDURES",): "docs/cypher.md lists the procedures.",
    ("DATABASE",): _NO_SERVER,
    ("DATABASES",): _NO_SERVER,
    ("USER",): _NO_SERVER,
    ("USERS",): _NO_SERVER,
    ("USE",): _NO_SERVER,
    ("START",): "Begin with MATCH: MATCH (n {_id: 'ada'}) finds a vertex by its id.",
    ("CYPHER",): "Leave it out: there is one version of the language here.",
    ("SELECT",): "Read with MATCH (n:Label) WHERE ... RETURN ....",
    ("UPDATE",): "Change with MATCH (n:Label) WHERE ... SET n.name = value.",
    ("LIKE",): "Use STARTS WITH, ENDS WITH, CONTAINS, or =~ with a regular expression.",
    ("BETWEEN",): "Write low <= n.property <= high.",
    ("GROUP",): "Leave it out: columns without an aggregate are what rows are grouped by.",
    ("HAVING",): "Write WITH ... the aggregate AS name WHERE name > 1.",
    ("JOIN",): "Draw the edge: MATCH (a)-[:TYPE]->(b).",
    ("LET",): "Use WITH value AS name.",
    ("FILTER",): "Use WITH * WHERE condition.",
    ("FOR",): "Use UNWIND list AS name.",
    ("NEXT",): "Use WITH between the two parts.",
    ("REPEATABLE",): "Leave it out, and use several MATCH clauses where an edge may come twice.",
    ("DIFFERENT",): "Leave it out: the edges of one MATCH are all different.",
    ("INSERT",): "Write CREATE.",
    ("FINISH",): "Leave it out: a query may end with a clause that writes.",
    ("NODETACH",): "Leave it out: DELETE alone refuses a vertex that still has edges.",
    ("NORMALIZED",): "Text is compared as it is; normalise it before it is stored.",
}  # fmt: skip
_SYMBOLS = {
    "!=": "Cypher writes 'not equal' as '<>'.",
    "==": "Cypher writes 'equal' as '='.",
}
_FUNCTIONS = {
    "point": "There are no points here: keep two properties, such as n.longitude and n.latitude.",
    "apoc": "APOC is a library for Neo4j; docs/cypher.md lists what there is here.",
    "gds": "The Graph Data Science library is for Neo4j; docs/cypher.md lists what there is here.",
    "vector": "There are no vectors here: a list of floats can be a property.",
    "linenumber": "There is no LOAD CSV here: import files with graph.import_from.",
    "file": "There is no LOAD CSV here: import files with graph.import_from.",
}


def hint(tokens: list[Token], position: int) -> str:
    """Return what to write instead of what stands at `position`, behind a space; '' where nothing is known."""
    first = tokens[position]
    if first.kind != NAME:
        return ""
    second = tokens[position + 1].word if position + 1 < len(tokens) else ""
    found = _WORDS.get((first.word, second)) or _WORDS.get((first.word,))
    return f" {found}" if found else ""


def instead_of_symbol(tokens: list[Token], position: int) -> str:
    """Return the whole message for a symbol of other languages, or ''."""
    text = tokens[position].text
    before = tokens[position - 1] if position else None
    if text == "=" and before is not None and before.text == "=" and before.end == tokens[position].start:
        text = "=="
    return _SYMBOLS.get(text, "")


def unknown_function(name: str, known: Iterable[str]) -> str:
    """Return what to say about a function that is not there."""
    for key in (name.lower(), name.lower().partition(".")[0]):
        if key in _FUNCTIONS:
            return f"There is no function `{name}`. {_FUNCTIONS[key]}"
    return f"There is no function `{name}`.{_close(name, known)}"


def unknown_procedure(name: str, known: Iterable[str]) -> str:
    """Return what to say about a procedure that is not there."""
    known = sorted(known)
    close = _close(name, known)
    listed = f" There are {', '.join(known)}." if known and not close else ""
    return f"There is no procedure `{name}`.{close or listed}"


def _close(name: str, known: Iterable[str]) -> str:
    found = get_close_matches(name[:60].lower(), list(known), 1, 0.75)
    return f" Did you mean `{found[0]}`?" if found else ""
