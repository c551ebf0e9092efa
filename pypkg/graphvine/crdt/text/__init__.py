"""Text and lists by the event-graph approach (Eg-walker).

::

    document = Document(TEXT, agent=b"me")         # or LIST, for a tuple of byte strings
    update = document.insert(0, "hello")           # edit() makes several edits; each call is one encoded update
    inbox = Inbox(document)
    applied = inbox.apply(update_of_another)       # any order, any number of times; inbox.missing, applied.refused
    document.content, len(document), document.version

    data = encode_document(document)               # full history
    document = decode_document(TEXT, data, b"me")  # history stays packed until somebody asks for it

    TEXT.join(updates, agent)                      # the keystrokes of one transaction as one update
    updates_since(document, vector_of(theirs))     # what another replica lacks
    content_at(document, version); changes(document, before, after); authors(document)
    anchor_at(document, pos); position_of(document, anchor); Cursors(document).add(pos)
    stack = UndoStack(document); stack.undo(); stack.redo(); stack.checkpoint()
    to_utf16(document.rope, pos); from_utf16(document.rope, offset); Utf16Offsets(text).convert(edits, now)

Who knows what: `oplog` what was done, `event_graph` after what, `rope` what it looks like; `span_list`, `tracker` and
`merge` work out where concurrent edits go; `document` and `inbox` put it together; `update` is the wire form, `archive`
the stored one; `elements` names each character, for `cursors`, `undo` and `versions`.

An agent is whoever edits with one sequence of numbers: its name is the same everywhere and decides between insertions
at one place. In a signed transaction that is author and writer, and updates inside leave the name out.
"""
