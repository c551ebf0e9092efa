"""WebCrypto and the author's key, in Chromium."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from playwright.sync_api import BrowserContext

from tests.browser.laboratory import RUN_CHECKS, THREADS, Bench

MakeContext = Callable[..., BrowserContext]

CHECKS = (
    """
from graphvine.platform.browser.webcrypto import WebCrypto
from graphvine.testing.crypto_checks import CHECKS
def arguments(check):
    return [WebCrypto()]
"""
    + RUN_CHECKS
)

SPEED = """
import json, time
from graphvine.platform.browser.webcrypto import WebCrypto
crypto = WebCrypto()
key = await crypto.generate_key()
message = bytes(200)
signature = await crypto.sign(key, message)
async def best(work, rounds=5, count=200):
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        for _ in range(count):
            await work()
        times.append((time.perf_counter() - begin) / count * 1000)
    return min(times)
json.dumps({
    "sign": await best(lambda: crypto.sign(key, message)),
    "verify": await best(lambda: crypto.verify(key.public, signature, message)),
})
"""

KEY = """
import json
from graphvine.platform.browser.identities import BrowserIdentities
from graphvine.platform.browser.webcrypto import WebCrypto
crypto = WebCrypto()
key = await BrowserIdentities(crypto).load_or_create({name!r})
signature = await crypto.sign(key, b"hello")
json.dumps([key.public.hex(), signature.hex(), bool(key.pair.privateKey.extractable)])
"""

NO_READING = """
import json, js
from pyodide.ffi import JsException
from graphvine.platform.browser.identities import BrowserIdentities
from graphvine.platform.browser.webcrypto import WebCrypto
key = await BrowserIdentities(WebCrypto()).load_or_create("default")
try:
    await js.crypto.subtle.exportKey("pkcs8", key.pair.privateKey)
    outcome = "read"
except JsException as error:
    outcome = error.name
json.dumps(outcome)
"""

UNSUPPORTED = """
import json, js
from graphvine.errors import UnsupportedPlatform
from graphvine.platform.browser.platform import browser_platform
from graphvine.platform.browser.webcrypto import WebCrypto
try:
    {work}
    outcome = "no error"
except UnsupportedPlatform as error:
    outcome = str(error)
json.dumps(outcome)
"""


@pytest.mark.parametrize("thread", THREADS)
def test_the_checks_of_the_port(lab_url: str, make_context: MakeContext, thread: str) -> None:
    result = Bench(make_context(), lab_url, thread).run(CHECKS)
    assert result["failed"] == {}
    assert result["count"] >= 7
    assert result["proxies"] == 0


def test_signing_is_quick_enough_for_every_write(lab_url: str, make_context: MakeContext) -> None:
    best = Bench(make_context(), lab_url, "worker").run(SPEED)
    print(f"\nsign {best['sign']:.3f} ms, verify {best['verify']:.3f} ms")
    assert max(best.values()) < 5, "about 0.2 ms on an idle machine"


def test_one_key_per_profile_and_name(lab_url: str, make_context: MakeContext) -> None:
    context = make_context()
    first, second = Bench(context, lab_url, "main"), Bench(context, lab_url, "worker")
    public, signature, is_extractable = first.run(KEY.format(name="default"))
    assert second.run(KEY.format(name="default")) == [public, signature, False]
    assert first.run(KEY.format(name="other"))[0] != public
    assert is_extractable is False
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), b"hello")
    first.page.reload()
    assert first.run(KEY.format(name="default"))[0] == public
    stranger = Bench(make_context(), lab_url, "worker")
    assert stranger.run(KEY.format(name="default"))[0] != public


def test_tabs_that_start_together_agree_on_the_key(lab_url: str, make_context: MakeContext) -> None:
    context = make_context()
    benches = [Bench(context, lab_url, "worker") for _ in range(3)]
    for bench in benches:
        bench.run("'null'")
    start = """async (code) => { globalThis.key = lab("worker", code); }"""
    for bench in benches:
        bench.page.evaluate(start, KEY.format(name="together"))
    keys = {bench.page.evaluate("async () => await globalThis.key") for bench in benches}
    assert len(keys) == 1


def test_the_private_key_can_not_be_read(lab_url: str, make_context: MakeContext) -> None:
    assert Bench(make_context(), lab_url, "worker").run(NO_READING) == "InvalidAccessError"


@pytest.mark.parametrize(
    ("script", "work", "says"),
    [
        ("if (globalThis.SubtleCrypto) SubtleCrypto.prototype.generateKey = () => Promise.reject(new DOMException('x', 'NotSupportedError'))", "await WebCrypto().generate_key()", "Update it"),
        ("Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined })", "WebCrypto()", "over https"),
        ("Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })", "browser_platform('s')", "Web Locks"),
        ("delete globalThis.RTCPeerConnection", "raise UnsupportedPlatform(str([t.kind for t in browser_platform('s').transports]))", "['tab']"),
    ],
    ids=["no Ed25519", "plain http", "no locks", "no WebRTC"],
)  # fmt: skip
def test_what_a_browser_lacks_is_said_in_plain_words(
    lab_url: str, make_context: MakeContext, script: str, work: str, says: str
) -> None:
    context = make_context()
    context.add_init_script(script)
    assert says in Bench(context, lab_url, "main").run(UNSUPPORTED.format(work=work))
