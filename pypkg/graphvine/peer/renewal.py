"""Renews the author's word for our peer key, long before it ends: a native peer may run for years."""

from __future__ import annotations

from graphvine.crypto.certificate import Certificate, certificate_message
from graphvine.effects import Sign

# Milliseconds that an author's word for a peer key holds. It is renewed when half of them are over.
CERTIFICATE_MS = 30 * 24 * 3_600_000
# Milliseconds until the author is asked again, when no answer came.
ASK_AGAIN_MS = 60_000


class Renewal:
    """The machine; see the module. peer: our 32-byte key. Times are Unix epoch milliseconds."""

    def __init__(self, peer: bytes, certificate: Certificate) -> None:
        self._peer = peer
        self._due_ms = certificate.expires_ms - CERTIFICATE_MS // 2
        self._asked: dict[int, int] = {}
        self._token = 0

    @property
    def due_ms(self) -> int:
        """When to call `wake`."""
        return self._due_ms

    def wake(self, now_ms: int) -> list[Sign]:
        """Ask for a new signature, if it is time."""
        if now_ms < self._due_ms:
            return []
        self._due_ms = now_ms + ASK_AGAIN_MS
        self._token += 1
        expires_ms = now_ms + CERTIFICATE_MS
        self._asked = {self._token: expires_ms}
        return [Sign(self._token, certificate_message(self._peer, expires_ms), as_author=True)]

    def signed(self, token: int, signature: object) -> Certificate | None:
        """Return the new certificate; None when the answer is to a question that was asked again."""
        expires_ms = self._asked.pop(token, None)
        if expires_ms is None or not isinstance(signature, bytes):
            return None
        self._due_ms = expires_ms - CERTIFICATE_MS // 2
        return Certificate(expires_ms, signature)
