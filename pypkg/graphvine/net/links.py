"""All links of this peer: whom we dial, whom we let in, which link counts when there are several. A pure machine.

One remote peer has at most one ready link, and at most one more of each kind that is about to replace it. Who wants a
link says `dial`; then we try until it is there, and again when it is lost, until `hang_up` or too many failures.

Which link counts:

* Two attempts of one kind at once: the lower peer id's stands (`offers`); the same for kinds without signaling.
* A newer link of the same kind replaces a ready one (the remote peer lost its state and dials afresh), but only once
  the newer one is ready as well: nothing unproven touches what is proven.
* A better kind (`params.PREFERRED`) replaces a worse one; a worse one is refused.

Names of links: ours are ``kind:number``, those that a transport reports by `link_offered` are ``kind:in:...``.

What a remote peer does wrong on a link that is proven costs it penalty points (the `Penalise` effect comes back as a
call of `penalise`); on one that isn't it ends the attempt and no more, or anybody could get a peer banned in its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count
from math import inf

from graphvine.crypto.certificate import Certificate
from graphvine.effects import (
    CloseLink,
    DialFailed,
    Effect,
    OpenLink,
    PeerLost,
    PeerReady,
    Penalise,
    SendSignal,
    Sign,
    Verify,
)
from graphvine.errors import BadHandshake, InvalidValue, MalformedMessage, RemoteError
from graphvine.model.allowance import Allowance
from graphvine.net import offers
from graphvine.net.admission import may_dial, refusal
from graphvine.net.handshake import NONCE_BYTES, LocalPeer
from graphvine.net.link import Link, LinkStatus
from graphvine.net.link_table import LinkTable
from graphvine.net.offers import Negotiation
from graphvine.net.params import (
    ACCEPTS_BURST,
    ACCEPTS_PER_S,
    AFTER_BYE_S,
    QUIET_S,
    STABLE_S,
)
from graphvine.net.peer_book import PeerBook, PeerRecord, rank
from graphvine.ports import Entropy, Rng

MIN_BINDING_BYTES = 16
# Peers whose failed proof we remember, to tell the user; the latest ones.
MAX_REFUSED = 16


class Links:
    """See the module.

    own: what we say about ourselves. kinds: transports by kind, and whether each needs signaling (at most one does).
    refused: peers that could not prove who they are since they last did, and what was wrong.
    """

    def __init__(self, own: LocalPeer, kinds: Mapping[str, bool], *, rng: Rng, entropy: Entropy) -> None:
        self.refused: dict[bytes, str] = {}
        self._own = own
        self._kinds = dict(kinds)
        self._signaled = next((kind for kind, needs in kinds.items() if needs), None)
        self._rng = rng
        self._entropy = entropy
        self._book = PeerBook(rng)
        self._table = LinkTable()
        self._tokens = count(1)
        self._link_by_token: dict[int, Link] = {}
        self._numbers = count(1)
        self._early = offers.EarlyCandidates()
        self._accepts = Allowance(ACCEPTS_PER_S, ACCEPTS_BURST, now=0.0)

    # -- what the application's side asks ------------------------------------------------------------------------------

    def dial(self, peer: bytes, via: str, *, now: float) -> list[Effect]:
        """Want a link to `peer` by this kind of transport. A second call changes nothing, but ends a wait."""
        if via not in self._kinds or len(peer) != 32 or peer == self._own.peer:
            raise InvalidValue(f"Can't dial {peer.hex()[:16]} by {via!r}.")
        record = self._book.note(peer, now=now)
        record.quiet_until = -inf
        if record.is_refused(now=now):
            return []
        if not record.via:
            record.failures = 0
        record.want(via)
        links = self._table.of(peer)
        if not links:
            self._book.dial_at(record, now)
            return self._dial_due(now)
        is_better = all(rank(via) < rank(link.kind) for link in links)
        return self._start(record, via, now) if is_better else []

    def retry(self, peer: bytes | None = None, *, now: float) -> list[Effect]:
        """Dial now whom we wait to dial (None: everybody): the network is back, or the peer was seen again."""
        for record in self._book.waiting():
            if peer is None or record.peer == peer:
                record.failures = 0  # those of before say nothing about what is possible now
                self._book.dial_at(record, min(record.retry_at, now))
        return self._dial_due(now)

    def signal_failed(self, peer: bytes, reason: str, *, now: float) -> list[Effect]:
        """A signal to `peer` did not get there: what depends on it need not wait for its time to run out."""
        waiting = [link for link in self._table.pending(peer) if link.negotiation and link.state == "opening"]
        return self._end_all(waiting, f"the relay says: {reason}", now)

    def hang_up(self, peer: bytes, reason: str, *, now: float) -> list[Effect]:
        """End every link to `peer`, and don't let it in for a while."""
        record = self._book.note(peer, now=now)
        self._book.forget_wish(record)
        record.quiet_until = now + QUIET_S
        effects: list[Effect] = []
        for link in self._table.of(peer):
            effects += link.goodbye(reason, now=now)
            effects += self._end(link, reason, now)
        return effects + self._dial_due(now)

    def stop(self, reason: str, *, now: float) -> list[Effect]:
        """End everything."""
        for record in self._book.waiting():
            self._book.forget_wish(record)
        effects: list[Effect] = []
        for link in self._table.links():
            effects += self.hang_up(link.peer, reason, now=now)
        return effects

    @property
    def own(self) -> LocalPeer:
        """What we say about ourselves."""
        return self._own

    def renew(self, certificate: Certificate) -> None:
        """Use another certificate for the links to come."""
        own = self._own
        self._own = LocalPeer(own.peer, own.author, certificate, own.protocols, own.tags)

    def send(self, peer: bytes, protocol: int, data: bytes, channel: int = 0, *, now: float) -> list[Effect]:
        """Send a message of a protocol (1 to 255) to a ready peer; to any other it is dropped."""
        link = self._table.ready(peer)
        if link is None:
            return []
        effects = link.send(protocol, data, channel, now=now)
        return effects if link.ended is None else effects + self._close_ended(link, now)

    def penalise(self, peer: bytes, points: float, reason: str, *, now: float) -> list[Effect]:
        """Count points against a proven peer that broke a rule; hang up at `limits.MAX_PENALTY`."""
        if not self._book.note(peer, now=now).penalise(points, now=now):
            return []
        return self.hang_up(peer, reason, now=now)

    # -- what there is -------------------------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """Remote peers with a link, ready or on its way."""
        return self._table.count

    def is_known(self, peer: bytes) -> bool:
        """Tell whether there is a link to `peer`, ready or on its way, or the wish for one."""
        record = self._book.find(peer)
        return record is not None and bool(record.links or record.via)

    def queued_bytes(self, peer: bytes) -> int:
        """Return the bytes that wait to be sent to a ready peer on our side of the transport."""
        link = self._table.ready(peer)
        return 0 if link is None else link.queued_bytes

    def status(self, *, now: float) -> list[LinkStatus]:
        """Return one line for each link, the oldest first."""
        return [link.status(now=now) for link in self._table.links()]

    # -- what comes through the relay ----------------------------------------------------------------------------------

    def signal(self, sender: bytes, data: bytes, *, now: float) -> list[Effect]:
        """A signaling message from another peer. What makes no sense is ignored: its sender is not proven."""
        if sender == self._own.peer or len(sender) != 32 or self._signaled is None:
            return []
        try:
            message = offers.decode(data)
        except MalformedMessage:
            return []
        if isinstance(message, offers.Offer):
            return self._on_offer(sender, message, self._signaled, now)
        link = self._table.session(sender, message.session)
        if isinstance(message, offers.Bye):
            return self._on_bye(sender, message, link, now)
        if link is None or link.negotiation is None:
            record = self._book.find(sender)
            if isinstance(message, offers.Candidate) and (record is None or message.session not in record.finished):
                self._early.keep(sender, message)
            return []
        if isinstance(message, offers.Candidate):
            return link.negotiation.remote_candidate(message)
        return link.negotiation.remote_described("answer", message.sdp)

    def _on_offer(self, sender: bytes, message: offers.Offer, kind: str, now: float) -> list[Effect]:
        record = self._book.note(sender, now=now)
        if message.session in record.finished or self._table.session(sender, message.session) is not None:
            return []
        rival = self._table.pending_of_kind(sender, kind)
        if rival is not None and rival.is_initiator and offers.own_offer_wins(self._own.peer, sender):
            return [] if rival.negotiation is None else rival.negotiation.repeat()
        if not self._accepts.take(now=now):
            return []
        reason = refusal(self._table, record, kind, rival, now=now)
        if reason:
            record.finished.append(message.session)
            return [SendSignal(sender, offers.encode(offers.Bye(message.session, reason)))]
        effects = [] if rival is None else self._drop(rival)
        negotiation = self._negotiate(sender, kind, message.session, is_initiator=False, now=now)
        effects.append(OpenLink(negotiation.link, sender, False))
        for early in self._early.take(sender, message.session):
            effects += negotiation.remote_candidate(early)
        return effects + negotiation.remote_described("offer", message.sdp)

    def _on_bye(self, sender: bytes, message: offers.Bye, link: Link | None, now: float) -> list[Effect]:
        self._early.take(sender, message.session)
        if link is not None:
            link.is_bye = True
            return self._end_all([link], f"the peer said bye: {message.reason}", now)
        record = self._book.find(sender)
        if record is not None and message.session not in record.finished:
            record.finished.append(message.session)
        return []

    # -- what the transports report ------------------------------------------------------------------------------------

    def link_offered(self, name: str, peer: bytes, *, now: float) -> list[Effect]:
        """The other side opened a link that needs no signaling."""
        kind = name.partition(":")[0]
        if self._table.named(name) is not None:
            return []
        if kind not in self._kinds or peer == self._own.peer or len(peer) != 32:
            return [CloseLink(name, "not expected")]
        record = self._book.note(peer, now=now)
        rival = self._table.pending_of_kind(peer, kind)
        if rival is not None and rival.is_initiator and offers.own_offer_wins(self._own.peer, peer):
            return [CloseLink(name, "our own link stands")]
        reason = refusal(self._table, record, kind, rival, now=now) if self._accepts.take(now=now) else "busy"
        if reason:
            return [CloseLink(name, reason)]
        effects = [] if rival is None else self._drop(rival)
        self._add(Link(name, peer, kind, is_initiator=False, negotiation=None, now=now))
        return effects

    def link_described(self, name: str, kind: str, sdp: str, *, now: float) -> list[Effect]:
        """Our own description of a link is ready: send it."""
        link = self._table.named(name)
        if link is None or link.negotiation is None:
            return []
        effects = link.negotiation.described(kind, sdp)
        return self._end_all([link], "our own description is too long", now) if effects is None else effects

    def link_candidate(self, name: str, candidate: str, mid: str) -> list[Effect]:
        """One of our own candidates was found: send it."""
        link = self._table.named(name)
        if link is None or link.negotiation is None or link.state != "opening":
            return []
        return link.negotiation.candidate(candidate, mid)

    def link_opened(self, name: str, binding: bytes, *, now: float, wall_ms: int) -> list[Effect]:
        """A link is connected; now both sides must prove who they are. wall_ms: for the certificate's expiry."""
        link = self._table.named(name)
        if link is None:
            return []
        if len(binding) < MIN_BINDING_BYTES:
            return self._end_all([link], "the transport can't tell links apart", now)
        nonce = self._entropy.random_bytes(NONCE_BYTES)
        return link.opened(binding, self._own, nonce, self._tokens, now=now, wall_ms=wall_ms)

    def link_frame(self, name: str, channel: int, data: bytes, *, now: float) -> list[Effect]:
        """A frame came in."""
        link = self._table.named(name)
        if link is None:
            return []
        was_ready = link.state == "ready"
        try:
            effects = link.frame(channel, data, now=now)
        except RemoteError as error:
            return self._blame(link, error, now)
        if was_ready and link.ended is None:
            return effects
        return self._settle(link, was_ready, effects, now)

    def link_sent(self, name: str, channel: int, size: int, buffered: int, *, now: float) -> list[Effect]:
        """A transport took a frame of `size` bytes and holds `buffered` bytes of that channel; -1: the link is gone."""
        link = self._table.named(name)
        if link is None:
            return []
        if buffered < 0:
            return self._end_all([link], "the transport has closed it", now)
        return link.sent(channel, size, buffered, now=now)

    def link_drained(self, name: str, channel: int, *, now: float) -> list[Effect]:
        """A channel of a transport can take more."""
        link = self._table.named(name)
        return [] if link is None else link.drained(channel, now=now)

    def link_closed(self, name: str, reason: str, *, now: float) -> list[Effect]:
        """A transport lost a link, and has freed it."""
        link = self._table.named(name)
        if link is None:
            return []
        return self._lose(link, reason, now) + self._dial_due(now)

    def completed(self, token: int, result: object, *, now: float) -> list[Effect]:
        """Answer to a Sign or Verify effect of ours."""
        link = self._link_by_token.pop(token, None)
        if link is None or link not in self._table:
            return []
        was_ready = link.is_ready
        try:
            effects = link.completed(token, result, now=now)
        except RemoteError as error:
            return self._blame(link, error, now)
        return self._settle(link, was_ready, effects, now)

    # -- time ----------------------------------------------------------------------------------------------------------

    def wake(self, *, now: float) -> list[Effect]:
        """Do what is due."""
        effects: list[Effect] = []
        for link in self._table.links():
            if link.due <= now:
                effects += link.wake(now=now)
                if link.ended is not None:
                    effects += self._close_ended(link, now)
        return effects + self._dial_due(now)

    def next_wakeup(self) -> float | None:
        """Return when `wake` has something to do."""
        due = self._table.next_due()
        dial_at = self._book.next_dial()
        if dial_at < due and may_dial(self._table):
            due = dial_at
        return None if due == inf else due

    # -- dialling ------------------------------------------------------------------------------------------------------

    def _dial_due(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        for record in self._book.due(now=now):
            if not may_dial(self._table):
                break
            effects += self._start(record, record.next_kind(), now)
        return effects

    def _start(self, record: PeerRecord, kind: str, now: float) -> list[Effect]:
        if self._kinds[kind]:
            session = self._rng.randrange(offers.MAX_SESSION)
            name = self._negotiate(record.peer, kind, session, is_initiator=True, now=now).link
        else:
            name = f"{kind}:{next(self._numbers)}"
            self._add(Link(name, record.peer, kind, is_initiator=True, negotiation=None, now=now))
        return [OpenLink(name, record.peer, True)]

    def _negotiate(self, peer: bytes, kind: str, session: int, *, is_initiator: bool, now: float) -> Negotiation:
        name = f"{kind}:{next(self._numbers)}"
        negotiation = Negotiation(session, name, peer, is_initiator=is_initiator)
        self._add(Link(name, peer, kind, is_initiator=is_initiator, negotiation=negotiation, now=now))
        return negotiation

    # -- beginnings and ends -------------------------------------------------------------------------------------------

    def _add(self, link: Link) -> None:
        self._table.add(link)
        record = self._book.find(link.peer)
        assert record is not None  # Whoever adds a link has just noted its peer.
        record.links += 1
        self._book.dial_at(record, inf)

    def _remove(self, link: Link) -> tuple[PeerRecord, bool]:
        was_ready = self._table.remove(link)
        record = self._book.find(link.peer)
        assert record is not None  # A record with links is never forgotten.
        record.links -= 1
        if link.negotiation is not None:
            record.finished.append(link.negotiation.session)
        return record, was_ready

    def _drop(self, link: Link) -> list[Effect]:
        """Close a link that another one takes the place of: nobody is to blame, nothing was lost."""
        self._remove(link)
        return [CloseLink(link.name, "replaced")]

    def _end(self, link: Link, reason: str, now: float) -> list[Effect]:
        """Close a link that failed, or that we don't want any more."""
        return [CloseLink(link.name, reason), *self._lose(link, reason, now)]

    def _end_all(self, links: Iterable[Link], reason: str, now: float) -> list[Effect]:
        effects: list[Effect] = []
        for link in links:
            effects += self._end(link, reason, now)
        return effects + self._dial_due(now)

    def _close_ended(self, link: Link, now: float) -> list[Effect]:
        bye = link.goodbye("timeout", now=now) if link.state == "opening" else []
        return bye + self._end(link, link.ended or "", now)

    def _lose(self, link: Link, reason: str, now: float) -> list[Effect]:
        """A link is gone: say so, and see whether to dial again."""
        record, was_ready = self._remove(link)
        effects: list[Effect] = [PeerLost(link.peer, reason)] if was_ready else []
        if record.links:
            return effects
        if was_ready and not link.is_bye and now - link.since >= STABLE_S:
            record.failures = 0
            self._book.soon(record, now=now)
        else:
            self._book.failed(record, now=now, at_least_s=AFTER_BYE_S if link.is_bye else 0.0)
        if not was_ready:
            effects.append(DialFailed(link.peer, reason, bool(record.via)))
        return effects

    def _blame(self, link: Link, error: RemoteError, now: float) -> list[Effect]:
        """The only place where a remote peer's mistake ends its link and, if it is proven, costs it points."""
        if isinstance(error, BadHandshake):
            self.refused.pop(link.peer, None)
            self.refused[link.peer] = str(error)
            if len(self.refused) > MAX_REFUSED:
                del self.refused[next(iter(self.refused))]
        effects: list[Effect] = [Penalise(link.peer, error.penalty, str(error))] if link.is_ready else []
        return effects + self._end_all([link], str(error), now)

    def _settle(self, link: Link, was_ready: bool, effects: list[Effect], now: float) -> list[Effect]:
        """Look at what a step of a link's youth, or its last one, has changed."""
        for effect in effects:
            if isinstance(effect, (Sign, Verify)):
                self._link_by_token[effect.token] = link
        if link.is_ready and not was_ready:
            effects = self._promote(link, effects, now)
        if link.ended is not None and link in self._table:
            effects += self._close_ended(link, now) + self._dial_due(now)
        return effects

    def _promote(self, link: Link, effects: list[Effect], now: float) -> list[Effect]:
        """A link has become ready: it replaces the one before, unless that one is of a better kind."""
        before = self._table.ready(link.peer)
        if before is not None and rank(before.kind) < rank(link.kind):
            return link.goodbye("we have a better link", now=now) + self._drop(link)
        first: list[Effect] = []
        if before is not None:
            first = [*self._drop(before), PeerLost(link.peer, "replaced by a newer link")]
        self._table.promote(link)
        for rival in self._table.pending(link.peer):
            if rank(rival.kind) >= rank(link.kind):
                first += self._drop(rival)
        self.refused.pop(link.peer, None)
        record = self._book.note(link.peer, now=now)
        record.failures = 0
        return [*first, PeerReady(link.peer, link.author, link.kind, link.protocols, link.tags), *effects]
