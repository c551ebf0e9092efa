"""One person's side of a shared text: edits show at once here, before a transaction carries them.

The document of the state (`crdt.merged_text`) holds what transactions say, and nothing else. Ours is a copy that runs
ahead by what was typed since. It edits as an agent of its own: a number nobody used (`session`) keeps what this tab
writes apart from what another run of the same writer may have written and lost in a crash.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from graphvine.codec.text_runs import agent_of
from graphvine.crdt.text.document import Document, LocalEdit
from graphvine.crdt.text.inbox import Inbox
from graphvine.crdt.text.sequence import Edit
from graphvine.crdt.text.versions import content_at, updates_since, vector_of
from graphvine.crdt.text_edits import bodies_of
from graphvine.errors import RemoteError
from graphvine.model.transaction import WriterKey


class LocalText:
    """See the module. document: read it, and edit through `edit`. sent: our events that some transaction carries.

    on_restart: called with what is different when `document` is another object: the text was replaced.
    is_sending: whether a transaction with edits of ours is on its way into the state; the owner says so.
    """

    def __init__(self, source: Document[str], writer: WriterKey, session: Callable[[], int]) -> None:
        self._new_session = session
        self.is_sending = False
        self.on_restart: Callable[[list[LocalEdit[str]]], None] = lambda edits: None
        self._begin(source, writer)

    def _begin(self, source: Document[str], writer: WriterKey) -> None:
        self.writer = writer
        self.session = self._new_session()
        self.agent = agent_of(writer, self.session)
        self._source = source
        self._taken = source.recent.size
        self.document: Document[str] = source.copy()
        self.document.sign_as(self.agent)
        self._inbox = Inbox(self.document)
        self.sent = 0

    @property
    def made(self) -> int:
        """How many events of ours there are."""
        return self.document.recent.next_seq[self.document.recent.agent(self.agent)]

    def edit(self, edits: list[LocalEdit[str]]) -> None:
        """Edit at once. Raises InvalidValue, and then does nothing."""
        self.document.edit(edits)

    def unsent(self) -> list[bytes]:
        """Return the bodies of what no transaction carries yet."""
        return bodies_of(self.document, self.session, self.agent, self.sent, self.made)

    def catch_up(self, source: Document[str], writer: WriterKey) -> None:
        """Take in what transactions have brought. source: the state's document. writer: who we are now."""
        if source is not self._source or writer != self.writer:
            with suppress(RemoteError):  # of a liar; what counts is the new one
                self._pull()
            old = self._source
            if writer == self.writer and self._goes_on(source):
                return
            self._source = old
            if not self.is_sending:  # what is on its way must arrive before we can tell what has to be typed again
                self._restart(source, writer)
            return
        self._pull()

    def _goes_on(self, source: Document[str]) -> bool:
        """Whether another document of the state has all that ours has, but for our own latest edits."""
        theirs = vector_of(source)
        for name, count in vector_of(self.document).items():
            known = theirs.get(name, 0)
            if known > count if name == self.agent else known < count:
                return False
        mine = theirs.get(self.agent, 0)
        if mine < vector_of(self._source).get(self.agent, 0) or (mine < self.sent and not self.is_sending):
            return False
        self._source, self._taken = source, -1
        try:
            self._pull()
        except RemoteError:
            return False
        return content_at(self.document, source.version) == source.content

    def _restart(self, source: Document[str], writer: WriterKey) -> None:
        """Begin again from another text, and type again what no transaction carries."""
        before, ours = self._source.content, self.document.content
        typed = difference(before, ours) if self.sent < self.made else []
        is_same = before == source.content
        self._begin(source, writer)
        for pos, deleted, text in typed:
            pos = min(pos, len(self.document))
            deleted = min(deleted, len(self.document) - pos) if is_same else 0
            if deleted or text:
                self.document.edit([(pos, deleted, text)])
        self.on_restart(difference(ours, self.document.content))

    def _pull(self) -> list[Edit]:
        source = self._source
        if source.recent.size == self._taken:
            return []
        self._taken = source.recent.size
        vector = vector_of(self.document)
        vector[self.agent] = self.made
        edits: list[Edit] = []
        for update in updates_since(source, vector):
            edits += self._inbox.apply(update).edits
        return edits


def difference(before: str, after: str) -> list[LocalEdit[str]]:
    """Return the one edit that turns a text into another, or none."""
    if before == after:
        return []
    shorter = min(len(before), len(after))
    start = _common(before, after, shorter)
    end = _common(before[: start - len(before) - 1 : -1], after[: start - len(after) - 1 : -1], shorter - start)
    return [(start, len(before) - start - end, after[start : len(after) - end])]


def _common(left: str, right: str, limit: int) -> int:
    """Return how many characters two texts have in common at their start."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
