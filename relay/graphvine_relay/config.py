"""Settings of the relay: command line and environment. Secrets come from the environment only."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .admission import Admission
from .limits import Limits


@dataclass(frozen=True)
class Config:
    """All settings.

    origins: pages that may connect; empty is every page. client_header: the header in which a trusted proxy names the
    client, such as ``X-Forwarded-For`` (its last element counts); empty is no proxy. send_timeout_s: how long a
    socket may refuse to take what is sent before it counts as too slow. queue_bytes: what may wait meanwhile.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    origins: tuple[str, ...] = ()
    client_header: str = ""
    heartbeat_s: float = 20.0
    send_timeout_s: float = 5.0
    queue_bytes: int = 512 * 1024
    limits: Limits = field(default_factory=Limits)
    admission: Admission = field(default_factory=Admission)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="graphvine relay",
        description="Introduce peers to each other. The relay sees who is in which room and when, and no data.",
        epilog="Environment: GRAPHVINE_RELAY_SECRET (joins then need a capability made from it), "
        "GRAPHVINE_RELAY_TURN_SECRET (coturn's static-auth-secret), TRUST_PROXY (as --trust-proxy).",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=8765, help="port to listen on; 0 is any free one (%(default)s)")
    parser.add_argument(
        "--origin", action="append", default=[], help="a page origin that may connect, repeatable; default: all"
    )
    parser.add_argument(
        "--trust-proxy", metavar="HEADER", help="the header in which your proxy names the client: X-Forwarded-For"
    )
    parser.add_argument(
        "--stun", action="append", default=[], metavar="URL", help="a STUN server for peers, repeatable"
    )
    parser.add_argument(
        "--turn", action="append", default=[], metavar="URL", help="a TURN server for peers, repeatable"
    )
    parser.add_argument("--max-connections", type=int, default=Limits.connections, help="(%(default)s)")
    parser.add_argument("--max-per-address", type=int, default=Limits.connections_per_address, help="(%(default)s)")
    parser.add_argument(
        "--drain", type=float, default=Limits.drain_s, help="seconds from SIGTERM to exit (%(default)s)"
    )
    return parser


def _client_header(argument: str | None, environ: Mapping[str, str]) -> str:
    value = argument if argument is not None else environ.get("TRUST_PROXY", "")
    if value.lower() in ("", "0", "false", "no"):
        return ""
    return "X-Forwarded-For" if value.lower() in ("1", "true", "yes") else value


def parse(arguments: Sequence[str] | None, environ: Mapping[str, str] = os.environ) -> Config:
    """Return the settings; ends the process with a message (SystemExit) if they are wrong."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if not 0 <= options.port <= 65_535:
        parser.error(f"a port is a number from 0 to 65535, not {options.port}")
    if not 0 <= options.drain <= 600 or options.max_connections < 1 or options.max_per_address < 1:
        parser.error("--drain must be 0 to 600 seconds, and the maximum of connections at least 1")
    admission = Admission(
        stun_urls=tuple(options.stun),
        turn_urls=tuple(options.turn),
        turn_secret=environ.get("GRAPHVINE_RELAY_TURN_SECRET", "").encode(),
        capability_master=environ.get("GRAPHVINE_RELAY_SECRET", "").encode(),
    )
    try:
        admission.check()
    except ValueError as error:
        parser.error(str(error))
    return Config(
        host=options.host,
        port=options.port,
        origins=tuple(options.origin),
        client_header=_client_header(options.trust_proxy, environ),
        limits=Limits(
            connections=options.max_connections,
            connections_per_address=options.max_per_address,
            drain_s=options.drain,
        ),
        admission=admission,
    )
