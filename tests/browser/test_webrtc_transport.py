"""WebRTC between real pages, in both threads: the checks of the port, two contexts, a native peer, bad signals."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.laboratory import RUN_CHECKS, THREADS, Bench
from tests.browser.laboratory.transports import END, MAKE_BROKER

MakeContext = Callable[..., BrowserContext]
MEGABYTES = 10

CHECKS_IN_ONE_PAGE = (
    MAKE_BROKER
    + """
from graphvine.testing import transport_checks
pairs = []
def arguments(check):
    pairs.append(transport_checks.TransportPair(webrtc(), b"l" * 32, webrtc(), b"r" * 32))
    return [pairs[-1]]
async def stopping(check, pair):
    try:
        await check(pair)
    finally:
        await pair.stop()
import functools
CHECKS = [functools.update_wrapper(functools.partial(stopping, check), check) for check in transport_checks.CHECKS]
"""
    + RUN_CHECKS
)


@pytest.mark.parametrize("thread", THREADS)
def test_the_checks_of_the_port(lab_url: str, make_context: MakeContext, thread: str) -> None:
    result = Bench(make_context(), lab_url, thread).run(CHECKS_IN_ONE_PAGE)
    assert result["failed"] == {}
    assert result["count"] >= 11
    assert result["proxies"] == 0, "callbacks that nobody owns any more"


def connect(left: Bench, right: Bench) -> tuple[str, str]:
    """Open a link between two pages, carrying the signals as a relay would. Return both bindings."""
    for bench in (left, right):
        bench.run(MAKE_BROKER + END + "builtins.end = End(webrtc())\njson.dumps(None)")
    right.run("end.transport.open('webrtc:1', b'l' * 32, initiator=False)\n'null'")
    left.run("end.transport.open('webrtc:1', b'r' * 32, initiator=True)\n'null'")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for source, target in ((left, right), (right, left)):
            signals = source.run("signals, end.outbox = end.outbox, []\njson.dumps(signals)")
            if signals:
                target.run(f"end.take('webrtc:1', json.loads({json.dumps(signals)!r}))\n'null'")
        done = [bench.run("json.dumps(end.opened.done() and end.opened.result())") for bench in (left, right)]
        if all(done):
            return done[0], done[1]
    raise AssertionError("the two pages did not connect")


@pytest.mark.parametrize("threads", [("main", "main"), ("worker", "worker"), ("main", "worker")], ids="-".join)
def test_two_people(
    lab_url: str, make_context: MakeContext, threads: tuple[str, str], record_property: Callable[[str, Any], None]
) -> None:
    left, right = (Bench(make_context(), lab_url, thread) for thread in threads)
    bindings = connect(left, right)
    assert bindings[0] == bindings[1]
    assert len(bindings[0]) == 64
    total = MEGABYTES * 1_000_000
    for source, target in ((left, right), (right, left)):
        target.run(f"end.received = 0\nbuiltins.waiting = asyncio.ensure_future(end.until_received({total}))\n'null'")
        begin = time.monotonic()
        source.run(f"await end.push({total})\n'null'")
        target.run("await asyncio.wait_for(waiting, 60)\n'null'")
        record_property("megabytes_per_s", round(MEGABYTES / (time.monotonic() - begin), 1))
        assert target.run("json.dumps(end.received)") == total
    right.run("end.echo = True\n'null'")
    trip = left.run("json.dumps(await end.round_trips(500))")
    record_property("round_trip_ms", trip)
    print(f"\n{'-'.join(threads)}: round trip p50 {trip['p50']:.2f} ms, p99 {trip['p99']:.2f} ms")
    left.run("end.transport.close('webrtc:1')\n'null'")
    assert right.run("json.dumps(await asyncio.wait_for(end.closed, 60))")
    assert left.run("json.dumps(end.closed.done())") is False


@pytest.mark.parametrize("thread", THREADS)
def test_leaving_the_page_closes_the_link(lab_url: str, make_context: MakeContext, thread: str) -> None:
    left, right = (Bench(make_context(), lab_url, thread) for _ in range(2))
    connect(left, right)
    left.page.goto("about:blank")
    assert right.run("json.dumps(await asyncio.wait_for(end.closed, 10))"), "long before ICE gives up"


FIFTY = (
    MAKE_BROKER
    + """
import asyncio, json
from graphvine.platform.browser.ffi import live_proxies
from graphvine.testing.transport_checks import Recorder, TransportPair, connect
pair = TransportPair(webrtc(), b"l" * 32, webrtc(), b"r" * 32)
left, right = Recorder(), Recorder()
pair.left.start(left)
pair.right.start(right)
baseline, most = live_proxies(), 0
for number in range(1, 51):
    link = await connect(pair, left, right, number)
    most = max(most, live_proxies())
    pair.left.send(link.left_link, 1, bytes(1000))
    near, name = (pair.left, link.left_link) if number % 2 else (pair.right, link.right_link)
    other, far = (right, link.right_link) if number % 2 else (left, link.left_link)
    near.close(name)
    await other.until("the close was not heard", lambda: far in other.closed)
after = live_proxies()
counts = [pair.left.link_count, pair.right.link_count]
await pair.stop()
json.dumps({"baseline": baseline, "most": most, "after": after, "links": counts, "stopped": live_proxies()})
"""
)


@pytest.mark.parametrize("thread", THREADS)
def test_fifty_links_leave_nothing_behind(lab_url: str, make_context: MakeContext, thread: str) -> None:
    counts = Bench(make_context(), lab_url, thread).run(FIFTY)
    assert counts["after"] == counts["baseline"]
    assert counts["most"] > counts["baseline"], "an open link holds callbacks"
    assert counts["most"] - counts["baseline"] < 40, "and only as many as one link needs"
    assert counts["links"] == [0, 0]
    assert counts["stopped"] == 0


HOSTILE = (
    MAKE_BROKER
    + END
    + """
from graphvine.platform.browser.ffi import live_proxies
outcomes = {}
good = "v=0\\r\\no=- 1 2 IN IP4 127.0.0.1\\r\\ns=-\\r\\nt=0 0\\r\\na=fingerprint:sha-256 " + ":".join(["AB"] * 32) + "\\r\\n"
for name, sdp in {"empty": "", "garbage": "v=0 garbage", "broken": good + "m=application x", "long": good + "a=x\\r\\n" * 2000 + "m=?"}.items():
    end = End(webrtc())
    end.transport.ice_servers = [{"urls": "nonsense:"}]
    end.transport.open("webrtc:1", b"x" * 32, initiator=False)
    for _ in range(200):
        end.transport.add_candidate("webrtc:1", "candidate:rubbish", "0")
    end.transport.describe("webrtc:1", "offer", sdp)
    end.transport.add_candidate("webrtc:1", "candidate:rubbish", "99")
    outcomes[name] = await asyncio.wait_for(end.closed, 60)
    outcomes[name + " links"] = end.transport.link_count
    await end.transport.stop()
await asyncio.sleep(0.1)
json.dumps([outcomes, live_proxies()])
"""
)


@pytest.mark.parametrize("thread", THREADS)
def test_bad_signals_end_one_link_and_nothing_else(lab_url: str, make_context: MakeContext, thread: str) -> None:
    outcomes, proxies = Bench(make_context(), lab_url, thread).run(HOSTILE)
    assert outcomes.pop("empty") == outcomes.pop("garbage") == "a description without a fingerprint"
    assert outcomes.pop("broken").startswith("negotiation failed")
    assert outcomes.pop("long").startswith("negotiation failed")
    assert set(outcomes.values()) == {0}
    assert proxies == 0


# A remote peer that follows no protocol of ours: plain JavaScript with the same two channels.
ROGUE = """async ({ signals, act }) => {
  const pc = globalThis.rogue ??= new RTCPeerConnection();
  globalThis.channels ??= [0, 1].map((id) => pc.createDataChannel(String(id), { negotiated: true, id }));
  globalThis.found ??= (pc.onicecandidate = ({ candidate }) => candidate && found.push(["c", candidate.candidate, candidate.sdpMid]), []);
  for (const [what, first, second] of signals) {
    if (what === "c") { if (first) await pc.addIceCandidate({ candidate: first, sdpMid: second }); continue; }
    await pc.setRemoteDescription({ type: first, sdp: second });
    await pc.setLocalDescription();
    found.push(["d", "answer", pc.localDescription.sdp]);
  }
  if (act && channels[0].readyState === "open") {
    if (act === "text") channels[0].send("hello");
    if (act === "long") channels[1].send(new Uint8Array(16385));
    if (act === "channel") pc.createDataChannel("uninvited");
    return "acted";
  }
  return found.splice(0);
}"""


@pytest.mark.parametrize("thread", THREADS)
@pytest.mark.parametrize(
    ("act", "reason"),
    [("text", "text or too long"), ("long", "text or too long"), ("channel", "uninvited channel")],
)
def test_a_rogue_peer_is_dropped(lab_url: str, make_context: MakeContext, thread: str, act: str, reason: str) -> None:
    victim = Bench(make_context(), lab_url, thread)
    page = make_context().new_page()
    page.goto(lab_url + "lab.html")
    victim.run(
        MAKE_BROKER
        + END
        + "builtins.end = End(webrtc())\nend.transport.open('webrtc:1', b'r' * 32, initiator=True)\n'null'"
    )
    deadline = time.monotonic() + 60
    outcome: Any = None
    while outcome != "acted" and time.monotonic() < deadline:
        signals = victim.run("signals, end.outbox = end.outbox, []\njson.dumps(signals)")
        is_open = victim.run("json.dumps(end.opened.done())")
        outcome = page.evaluate(ROGUE, {"signals": signals, "act": act if is_open else None})
        if outcome != "acted":
            victim.run(f"end.take('webrtc:1', json.loads({json.dumps(outcome)!r}))\n'null'")
    assert reason in victim.run("json.dumps(await asyncio.wait_for(end.closed, 60))")
    assert victim.run("json.dumps(end.transport.link_count)") == 0


def test_a_native_peer_and_a_tab(lab_url: str, make_context: MakeContext, tmp_path: Path) -> None:
    pytest.importorskip("aiortc")
    import subprocess
    import sys

    bench = Bench(make_context(), lab_url, "worker")
    bench.run(
        MAKE_BROKER
        + END
        + "builtins.end = End(webrtc())\nend.transport.open('webrtc:1', b'n' * 32, initiator=True)\n'null'"
    )
    command = [sys.executable, str(Path(__file__).parent / "laboratory" / "native_echo.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as native:
        assert native.stdin is not None
        assert native.stdout is not None
        try:
            while not bench.run("json.dumps(['c', '', ''] in end.outbox)"):
                time.sleep(0.02)
            native.stdin.write(bench.run("json.dumps(json.dumps(end.outbox))") + "\n")
            native.stdin.flush()
            answer = json.loads(native.stdout.readline())
            bench.run(f"end.take('webrtc:1', json.loads({json.dumps(answer)!r}))\n'null'")
            binding = bench.run("json.dumps(await asyncio.wait_for(end.opened, 60))")
            assert json.loads(native.stdout.readline()) == binding
            trip = bench.run("json.dumps(await end.round_trips(100))")
            print(f"\nnative: round trip p50 {trip['p50']:.2f} ms")
            bench.run(
                "end.answer = None\nend.received = 0\nawait end.push(2_000_000)\nawait asyncio.wait_for(end.until_received(2_000_000), 60)\n'null'"
            )
        finally:
            native.stdin.close()
    assert bench.run("json.dumps(await asyncio.wait_for(end.closed, 60))")
