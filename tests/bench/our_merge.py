"""Text and maps in Graphvine, in the worker. Run in the tab, as text; EDITS stands for a text of JSON."""

from __future__ import annotations

TEXT = """
import asyncio, json, time
from graphvine.crdt.text.archive import decode_document, encode_document
from graphvine.crdt.text.document import Document
from graphvine.crdt.text.inbox import Inbox
from graphvine.crdt.text.update import TEXT

edits = [tuple(edit) for edit in json.loads(EDITS)]
times = {}
document = Document(TEXT, b"author-1")
start = time.perf_counter()
updates = [document.edit((edit,)) for edit in edits]
times["edit"] = (time.perf_counter() - start) * 1000
follower = Document(TEXT)
inbox = Inbox(follower)
start = time.perf_counter()
for update in updates:
    inbox.apply(update)
times["apply"] = (time.perf_counter() - start) * 1000
stored = encode_document(document)
times["bytes"] = len(stored)
answers = [document.content, follower.content]
times["load"] = 1e9
for _ in range(5):
    await asyncio.sleep(0.02)
    start = time.perf_counter()
    answers.append(decode_document(TEXT, stored).content)
    times["load"] = min(times["load"], (time.perf_counter() - start) * 1000)
json.dumps({"answers": answers, "times": times})
"""

# Properties of vertices: each set is a whole transaction in bytes, and the others' are decoded and checked. Unsigned,
# as those of the others are.
MAP = """
import json, time
from graphvine.codec.transactions import decode_transaction, encode_transaction
from graphvine.crdt.graph import GraphState
from graphvine.crypto.signed import check_shape, make_draft
from graphvine.model.transaction import WriterKey
from graphvine.store.builder import TransactionBuilder

sets, space, key, times = json.loads(EDITS), bytes(32), WriterKey(b"a" * 32, b"w" * 8), {}
state, updates = GraphState(), []
start = time.perf_counter()
for number, (name, value) in enumerate(sets, start=1):
    vertex, _, property = name.partition("/")
    builder = TransactionBuilder()
    builder.put_vertex(vertex, {property: value})
    operations, leaves = builder.finish()[:2]
    transaction = make_draft(space, key, number, number - 1, number << 16, leaves).signed(bytes(64))
    state.apply(transaction, operations)
    updates.append(encode_transaction(transaction.as_signed()))
times["edit"] = (time.perf_counter() - start) * 1000
follower = GraphState()
start = time.perf_counter()
for update in updates:
    candidate = check_shape(decode_transaction(update), space)
    follower.apply(candidate.transaction, candidate.operations)
times["apply"] = (time.perf_counter() - start) * 1000
answers = [
    {f"{cell.id}/{name}": value for cell in each.vertices.values() for name, value in cell.properties.items()}
    for each in (state, follower)
]
json.dumps({"answers": answers, "times": times})
"""
