"""What the relay counts, and the Prometheus text of it. Numbers only: no room, no peer, no address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass
class Counters:
    """Totals since start."""

    opened: int = 0  # connections accepted
    turned_away: int = 0  # connections refused: too many
    joined: int = 0  # joins that passed every check
    denied: int = 0  # joins with a bad signature or capability
    timed_out: int = 0  # connections closed because they did not join in time
    replaced: int = 0  # ghosts closed because their key joined again
    forwarded: int = 0  # signals handed to their peer
    offline: int = 0  # signals for a peer that is not in the room
    rate_limited: int = 0  # frames refused for their rate
    malformed: int = 0  # frames that were no message of ours
    too_big: int = 0  # frames over the limit
    frames_in: int = 0
    frames_out: int = 0
    slow_closed: int = 0  # connections closed because they did not read


HELP: Mapping[str, str] = {
    "opened": "Connections accepted",
    "turned_away": "Connections refused because there were too many",
    "joined": "Joins that passed every check",
    "denied": "Joins with a bad signature or capability",
    "timed_out": "Connections that did not join in time",
    "replaced": "Connections replaced by a newer one of the same key",
    "forwarded": "Signals handed to their peer",
    "offline": "Signals for a peer that is not there",
    "rate_limited": "Frames refused for their rate",
    "malformed": "Frames that were no message",
    "too_big": "Frames over the size limit",
    "frames_in": "Frames received",
    "frames_out": "Frames sent",
    "slow_closed": "Connections closed because they did not read",
}


def prometheus_text(counters: Counters, gauges: Mapping[str, float]) -> str:
    """Return counters and gauges in Prometheus' text format, version 0.0.4."""
    lines: list[str] = []
    for field in fields(counters):
        name = f"graphvine_relay_{field.name}_total"
        lines += [f"# HELP {name} {HELP[field.name]}.", f"# TYPE {name} counter"]
        lines.append(f"{name} {getattr(counters, field.name)}")
    for gauge, value in gauges.items():
        name = f"graphvine_relay_{gauge}"
        lines += [f"# TYPE {name} gauge", f"{name} {value:g}"]
    return "\n".join(lines) + "\n"
