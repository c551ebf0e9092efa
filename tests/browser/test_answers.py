"""Signatures by numbers: what boot.js settles for Python, and what happens when it fails or nobody waits."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext

from tests.browser.conftest import StaticServer
from tests.browser.graph_page import GraphPage

MakeContext = Callable[..., BrowserContext]

MANY = """
import asyncio
from graphvine.platform.browser.answers import asker
from graphvine.platform.browser.webcrypto import WebCrypto
crypto = WebCrypto()
key, other = await crypto.generate_key(), await crypto.generate_key()
messages = [b"%d" % n for n in range(100)]
signatures = await asyncio.gather(*(crypto.sign(key, each) for each in messages))
verdicts = {}
for n, (signature, message) in enumerate(zip(signatures, messages)):
    author = other if n % 10 == 0 else key
    crypto.check(author.public, signature, message, lambda verdict, n=n: verdicts.update({n: verdict}))
while len(verdicts) < 100:
    await asyncio.sleep(0.001)
[asker() is not None, len(asker()._waiting), sorted(n for n in verdicts if not verdicts[n])]
"""
# A key that may not sign: the browser refuses, and the error says so.
REFUSED = """
from graphvine.platform.browser.answers import asker
from graphvine.platform.browser.ffi import JsException, to_object
from graphvine.platform.browser.webcrypto import BrowserKey, WebCrypto
crypto = WebCrypto()
key = await crypto.generate_key()
wrong = BrowserKey(key.public, to_object(privateKey=key.pair.publicKey))
try:
    await crypto.sign(wrong, b"m")
    told = "nothing"
except JsException as error:
    told = error.name
[told, len(asker()._waiting)]
"""
# Whoever is cancelled while the browser signs hears of the cancellation, once, and the answer finds nobody.
CANCELLED = """
import asyncio
from graphvine.platform.browser.answers import Answer
answer, told = Answer(), []
async def wait():
    try:
        told.append(await answer)
    except asyncio.CancelledError:
        told.append("cancelled")
waiting = asyncio.ensure_future(wait())
await asyncio.sleep(0)
waiting.cancel()
await waiting
answer.give("late")
failing = Answer()
asyncio.get_running_loop().call_later(0.001, failing.fail, ValueError("no"))
try:
    await failing
except ValueError as error:
    told.append(str(error))
told
"""


def open_page(site_server: StaticServer, make_context: MakeContext) -> GraphPage:
    return GraphPage(make_context(), site_server.url(), "answers")


def test_many_answers_at_once_find_their_askers(site_server: StaticServer, make_context: MakeContext) -> None:
    assert open_page(site_server, make_context).run(MANY) == [True, 0, list(range(0, 100, 10))]


def test_a_refusal_says_why_and_leaves_nothing_behind(site_server: StaticServer, make_context: MakeContext) -> None:
    assert open_page(site_server, make_context).run(REFUSED) == ["InvalidAccessError", 0]


def test_an_answer_that_nobody_waits_for_does_no_harm(site_server: StaticServer, make_context: MakeContext) -> None:
    assert open_page(site_server, make_context).run(CANCELLED) == ["cancelled", "no"]
