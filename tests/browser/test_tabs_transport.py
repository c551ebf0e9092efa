"""Tabs of one browser: they find each other, talk, and notice when one goes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Error

from tests.browser.laboratory import RUN_CHECKS, THREADS, Bench
from tests.browser.laboratory.transports import END, MAKE_TAB

MakeContext = Callable[..., BrowserContext]
LEFT, RIGHT = b"l" * 32, b"r" * 32

CHECKS = (
    MAKE_TAB
    + """
import functools
from graphvine.testing import transport_checks
LEFT, RIGHT = b"l" * 32, b"r" * 32
def arguments(check):
    return [transport_checks.TransportPair(Announced(LEFT), LEFT, Announced(RIGHT), RIGHT)]
async def stopping(check, pair):
    try:
        await check(pair)
    finally:
        await pair.stop()
CHECKS = [functools.update_wrapper(functools.partial(stopping, check), check) for check in transport_checks.CHECKS]
"""
    + RUN_CHECKS
)


@pytest.mark.parametrize("thread", THREADS)
def test_the_checks_of_the_port(lab_url: str, make_context: MakeContext, thread: str) -> None:
    result = Bench(make_context(), lab_url, thread).run(CHECKS)
    assert result["failed"] == {}
    assert result["count"] >= 11
    assert result["proxies"] == 0


def two_tabs(context: BrowserContext, url: str, threads: tuple[str, str]) -> tuple[Bench, Bench]:
    """Two tabs that have found each other and have one link, opened by the left one."""
    left, right = (Bench(context, url, thread) for thread in threads)
    for bench, peer in ((left, LEFT), (right, RIGHT)):
        bench.run(MAKE_TAB + END + f"builtins.end = End(Announced({peer!r}))\n'null'")
    for bench, other in ((left, RIGHT), (right, LEFT)):
        seen = f"""
while {other!r} not in end.transport.seen:
    await asyncio.sleep(0.01)
json.dumps(len(end.transport.seen))"""
        assert bench.run(seen) == 1
    left.run(f"end.transport.open('tab:1', {RIGHT!r}, initiator=True)\n'null'")
    bindings = [bench.run("json.dumps(await asyncio.wait_for(end.opened, 60))") for bench in (left, right)]
    assert bindings[0] == bindings[1]
    return left, right


@pytest.mark.parametrize("threads", [("main", "main"), ("worker", "worker"), ("worker", "main")], ids="-".join)
def test_two_tabs(lab_url: str, make_context: MakeContext, threads: tuple[str, str]) -> None:
    left, right = two_tabs(make_context(), lab_url, threads)
    assert right.run("json.dumps(end.offered.result())") == LEFT.hex()
    right.run("builtins.waiting = asyncio.ensure_future(end.until_received(10_000_000))\n'null'")
    left.run("await end.push(10_000_000)\n'null'")
    right.run("await asyncio.wait_for(waiting, 60)\n'null'")
    assert right.run("json.dumps(end.received)") == 10_000_000
    right.run("end.echo = True\n'null'")
    trip = left.run("json.dumps(await end.round_trips(300))")
    print(f"\n{'-'.join(threads)}: round trip p50 {trip['p50']:.2f} ms, p99 {trip['p99']:.2f} ms")


@pytest.mark.parametrize("thread", THREADS)
@pytest.mark.parametrize("way", ["close", "crash", "leave"])
def test_a_tab_that_goes_is_noticed_at_once(lab_url: str, make_context: MakeContext, thread: str, way: str) -> None:
    left, right = two_tabs(make_context(), lab_url, (thread, thread))
    if way == "close":
        right.page.close()
    elif way == "leave":
        right.page.goto("about:blank")
    else:
        crash(right)
    reason = left.run("json.dumps(await asyncio.wait_for(end.closed, 60))")
    assert reason in ("the other tab is gone", "the other tab closed the link")
    if way == "crash":
        assert reason == "the other tab is gone"
    assert left.run("json.dumps(end.transport.link_count)") == 0


def crash(bench: Bench) -> None:
    """End the process of the page without a word."""
    with bench.page.expect_event("crash"), contextlib.suppress(Error):
        bench.page.goto("chrome://crash")


def test_people_with_different_spaces_or_browsers_do_not_meet(lab_url: str, make_context: MakeContext) -> None:
    context = make_context()
    one, stranger = Bench(context, lab_url, "main"), Bench(make_context(), lab_url, "main")
    other = Bench(context, lab_url, "main")
    one.run(MAKE_TAB + END + f"builtins.end = End(Announced({LEFT!r}, 'a'))\n'null'")
    other.run(MAKE_TAB + END + f"builtins.end = End(Announced({RIGHT!r}, 'b'))\n'null'")
    stranger.run(MAKE_TAB + END + f"builtins.end = End(Announced({RIGHT!r}, 'a'))\n'null'")
    assert one.run("await asyncio.sleep(0.5)\njson.dumps(len(end.transport.seen))") == 0


NONSENSE = """async (space) => {
  const channel = new BroadcastChannel(`graphvine:${space}`);
  for (const message of [null, 7, "text", {}, { hello: 5, again: true }, { hello: "zz", again: true }, [1],
                         { connect: "zz", peer: "%s" }, { peer: "%s" }, new Uint8Array(9)]) channel.postMessage(message);
  channel.close();
}"""


def test_nonsense_of_another_version_does_no_harm(lab_url: str, make_context: MakeContext) -> None:
    context = make_context()
    left, right = two_tabs(context, lab_url, ("main", "main"))
    page = context.new_page()
    page.goto(lab_url + "lab.html")
    page.evaluate(NONSENSE.replace("%s", LEFT.hex()), "checks")
    right.run("end.echo = True\n'null'")
    assert left.run("json.dumps(await asyncio.wait_for(end.round_trips(10), 60))")
