"""Text and maps in Graphvine, in the worker. Run in the tab, as text; EDITS stands for a text of JSON."""

from __future__ import annotations

TEXT = """
import asyncio, json, time
from graphvine.crdt.text.archive import decode_document, encode_document
from graphvine.crdt.text.document import Document
from graphvine.crdt.text.inbox import Inbox
from graphvine.crdt.text.update import TEXT

edits = [tuple(edit) for edit in json.loads(EDITS)]
times = {"edit": 1e9, "apply": 1e9, "load": 1e9}

def note(what, start):
    times[what] = min(times[what], (time.perf_counter() - start) * 1000)

for _ in range(ROUNDS):
    await asyncio.sleep(0.02)
    document = Document(TEXT, b"author-1")
    start = time.perf_counter()
    updates = [document.edit((edit,)) for edit in edits]
    note("edit", start)
    await asyncio.sleep(0.02)
    follower = Document(TEXT)
    inbox = Inbox(follower)
    start = time.perf_counter()
    for update in updates:
        inbox.apply(update)
    note("apply", start)
stored = encode_document(document)
times["bytes"] = len(stored)
answers = [document.content, follower.content]
for _ in range(5):
    await asyncio.sleep(0.02)
    start = time.perf_counter()
    answers.append(decode_document(TEXT, stored).content)
    note("load", start)
json.dumps({"answers": answers, "times": times})
"""

# What is the same for all values: each edit is a whole transaction in bytes, with what its writer had seen, and those
# of others are decoded, checked and applied. Unsigned, as those of the other systems are.
_TRANSACTIONS = """
import asyncio, json, time
from graphvine.codec.transactions import decode_transaction, encode_transaction
from graphvine.crdt.graph import GraphState
from graphvine.crypto.signed import check_shape, make_draft
from graphvine.editors import CounterEditor, Desk, ListEditor, MapEditor
from graphvine.crdt.list import ElementIds
from graphvine.model.transaction import WriterKey
from graphvine.store.builder import TransactionBuilder
from graphvine.store.last_words import Moment, say

edits, space, key = json.loads(EDITS), bytes(32), WriterKey(b"a" * 32, b"w" * 8)
ids = ElementIds(b"tag!")
times = {"edit": 1e9, "apply": 1e9}

def note(what, start):
    times[what] = min(times[what], (time.perf_counter() - start) * 1000)

def commit(state, number, builder):
    operations, leaves = builder.finish()[:2]
    say(state, Moment(key, number << 16), operations, leaves, is_joined=False)
    transaction = make_draft(space, key, number, number - 1, number << 16, leaves).signed(bytes(64))
    state.apply(transaction, operations)
    return encode_transaction(transaction.as_signed())

def desk(state, builder):
    return Desk(state, builder, ids, lambda: None)

BODY

for _ in range(ROUNDS):
    await asyncio.sleep(0.02)
    state, updates = GraphState(), []
    start = time.perf_counter()
    for number, each in enumerate(edits, start=1):
        builder = TransactionBuilder()
        edit(state, builder, *each)
        updates.append(commit(state, number, builder))
    note("edit", start)
    await asyncio.sleep(0.02)
    follower = GraphState()
    start = time.perf_counter()
    for update in updates:
        candidate = check_shape(decode_transaction(update), space)
        follower.apply(candidate.transaction, candidate.operations)
    note("apply", start)
json.dumps({"answers": [read(state), read(follower)], "times": times})
"""

_PROPERTIES = """
def edit(state, builder, name, value):
    vertex, _, property = name.partition("/")
    builder.put_vertex(vertex, {property: value})

def read(state):
    return {f"{cell.id}/{name}": value for cell in state.vertices.values() for name, value in cell.properties.items()}
"""

_MERGEABLE = """
def edit(state, builder, *words):
    here = desk(state, builder)
    EDIT

def read(state):
    return state.vertices["v"].properties["p"]
"""

_EDITS = {
    "mapvalue": 'MapEditor(here, here.place("v", "p", None)).put({words[0]: words[1]})',
    "counter": 'CounterEditor(here, here.place("v", "p", None)).add(*words)',
    "list": """
    values = ListEditor(here, here.place("v", "p", None))
    {"push": values.append, "move": values.move, "delete": values.delete}[words[0]](*words[1:])
""",
}


def code_for(kind: str) -> str:
    """Return what our side runs for a kind of value: text, map (properties of vertices), or a mergeable value."""
    if kind == "text":
        return TEXT
    if kind == "moves":
        kind = "list"
    body = _PROPERTIES if kind == "map" else _MERGEABLE.replace("EDIT", _EDITS[kind].strip())
    return _TRANSACTIONS.replace("BODY", body)
