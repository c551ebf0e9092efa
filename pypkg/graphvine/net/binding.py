"""What ties a handshake to one WebRTC link: the DTLS fingerprints of both ends, as both ends know them.

A relay in the middle that ends the encryption itself must show each side a certificate of its own, so the two sides
then know different fingerprints, and a proof made for one link is no proof on the other. Every browser and native
transport uses this one rule.
"""

from __future__ import annotations

from hashlib import sha256

_ATTRIBUTE = "a=fingerprint:"


def fingerprints(sdp: str) -> tuple[str, ...]:
    """Return every fingerprint of a description: algorithm and hex in lower case, each once, sorted."""
    found = {
        " ".join(line[len(_ATTRIBUTE) :].lower().split())
        for line in map(str.strip, sdp.splitlines())
        if line.lower().startswith(_ATTRIBUTE)
    }
    return tuple(sorted(found))


def link_binding(local_sdp: str, remote_sdp: str) -> bytes:
    """Return 32 bytes that both ends compute alike from the two descriptions; b"" when one has no fingerprint."""
    ends = sorted((fingerprints(local_sdp), fingerprints(remote_sdp)))
    if not ends[0]:
        return b""
    return sha256("\n\n".join("\n".join(end) for end in ends).encode()).digest()
