"""The relay as its users meet it: real sockets on loopback."""

from __future__ import annotations

import re

import aiohttp
import pytest
from tests.relay.relay_client import OTHER_ROOM, ROOM, Client, Served, with_relay

from graphvine.net import signaling as s
from graphvine_relay.admission import Admission, CapabilityBody, mint, room_key, turn_credentials
from graphvine_relay.config import Config

pytestmark = pytest.mark.native


async def two(served: Served) -> tuple[Client, Client]:
    """Return two clients in one room, with nothing left unread."""
    alice, bob = await served.connect(), await served.connect()
    assert (await alice.join()).peers == ()
    assert (await bob.join()).peers == (alice.peer,)
    assert await alice.hear() == s.Presence("join", bob.peer)
    return alice, bob


def test_join_signal_leave() -> None:
    async def scenario(served: Served) -> None:
        alice, bob = await two(served)
        blob = s.encode_blob(bytes(range(256)) * 46)
        await alice.say(s.Signal(bob.peer, blob, n=1))
        assert await alice.hear() == s.Ack(1)
        assert await bob.hear() == s.Forwarded(alice.peer, blob)
        await bob.say(s.Who())
        assert await bob.hear() == s.Joined((alice.peer,))
        await bob.say(s.Ping())
        assert await bob.hear() == s.Pong()
        await bob.socket.close()
        assert await alice.hear() == s.Presence("leave", bob.peer)
        await alice.say(s.Signal(bob.peer, "eHg", n=2))
        assert await alice.hear() == s.Refused("offline", 2)

    with_relay(scenario)


def test_the_same_key_replaces_its_ghost() -> None:
    async def scenario(served: Served) -> None:
        alice, bob = await two(served)
        again = await served.connect()
        again.key = alice.key
        assert (await again.join()).peers == (bob.peer,)
        assert await alice.close_code() == s.CLOSE_REPLACED
        assert await bob.hear() == s.Presence("leave", alice.peer)
        assert await bob.hear() == s.Presence("join", alice.peer)
        await bob.say(s.Signal(alice.peer, "eHg"))
        assert await again.hear() == s.Forwarded(bob.peer, "eHg")

    with_relay(scenario)


def test_a_signature_counts_for_one_connection_one_room_one_key() -> None:
    async def scenario(served: Served) -> None:
        replay, wrong_room, wrong_key = [await served.connect() for _ in range(3)]
        await replay.prove(nonce=s.encode_base64url(bytes(32)))
        assert await replay.hear() == s.Refused("denied")
        assert await replay.close_code() == s.CLOSE_DENIED
        for client, room, key in ((wrong_room, OTHER_ROOM, wrong_room), (wrong_key, ROOM, replay)):
            challenge = await client.hear()
            assert isinstance(challenge, s.Challenge)
            signature = s.encode_base64url(client.key.sign(s.join_message(challenge.nonce, room)))
            await client.say(s.Join(1, ROOM, key.peer, signature))
            assert await client.hear() == s.Refused("denied")

    with_relay(scenario)


def test_keys_that_are_no_points_are_denied() -> None:
    async def scenario(served: Served) -> None:
        for key in (b"\xff" * 32, b"\x02" + bytes(31), b"\x01" + bytes(31)):
            client = await served.connect()
            await client.hear()
            await client.say(s.Join(1, ROOM, s.peer_id(key), "A" * 86))
            assert await client.hear() == s.Refused("denied")

    with_relay(scenario)


def test_every_connection_gets_another_nonce() -> None:
    async def scenario(served: Served) -> None:
        clients = [await served.connect() for _ in range(5)]
        assert len({s.encode(await client.hear()) for client in clients}) == 5

    with_relay(scenario)


def test_rooms_are_apart() -> None:
    async def scenario(served: Served) -> None:
        alice, mallory = await served.connect(), await served.connect()
        await alice.join()
        assert (await mallory.join(OTHER_ROOM)).peers == ()
        await mallory.say(s.Signal(alice.peer, "eHg", n=1))
        assert await mallory.hear() == s.Refused("offline", 1)
        await alice.say(s.Ping())
        assert await alice.hear() == s.Pong(), "and nothing before it"

    with_relay(scenario)


def test_who_does_not_join_in_time_is_closed() -> None:
    async def scenario(served: Served) -> None:
        silent = await served.connect()
        assert await silent.close_code() == s.CLOSE_TIMEOUT

    with_relay(scenario, join_timeout_s=0.05)


def test_a_burst_of_120() -> None:
    async def scenario(served: Served) -> None:
        alice, bob = await two(served)
        for n in range(120):
            await alice.say(s.Signal(bob.peer, "eHg", n))
        answers = [await alice.hear() for _ in range(120)]
        assert answers == [s.Ack(n) for n in range(60)] + [s.Refused("rate", n) for n in range(60, 120)]

    with_relay(scenario, frames_per_s=1e-6)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("nonsense", s.CLOSE_MALFORMED),
        ("[" * 16_000, s.CLOSE_MALFORMED),
        ('{"t":"sig","to":"x","d":"eHg"}', s.CLOSE_MALFORMED),
        ("\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), s.CLOSE_MALFORMED),
        (b"\x00\x01", s.CLOSE_BINARY),
        ("x" * (4 * s.MAX_FRAME_BYTES + 1), 1009),
    ],
)
def test_hostile_frames_end_the_connection_and_nothing_else(frame: str | bytes, code: int) -> None:
    async def scenario(served: Served) -> None:
        alice, bob = await two(served)
        await (bob.socket.send_str(frame) if isinstance(frame, str) else bob.socket.send_bytes(frame))
        assert await bob.close_code() == code
        assert await alice.hear() == s.Presence("leave", bob.peer)
        assert (await served.get("healthz"))[0] == 200

    with_relay(scenario)


def test_a_frame_over_the_limit_is_answered() -> None:
    async def scenario(served: Served) -> None:
        alice, _ = await two(served)
        await alice.socket.send_str("x" * (s.MAX_FRAME_BYTES + 1))
        assert await alice.hear() == s.Refused("big")
        await alice.say(s.Ping())
        assert await alice.hear() == s.Pong()

    with_relay(scenario)


@pytest.mark.parametrize(
    "config",
    [Config(queue_bytes=64 * 1024, send_timeout_s=60), Config(queue_bytes=2**40, send_timeout_s=0.1)],
    ids=["queue", "timeout"],
)
def test_a_slow_reader_is_cut_off_and_the_others_are_not(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphvine_relay.outbox.CLOSE_TIMEOUT_S", 0.1)

    async def scenario(served: Served) -> None:
        alice, slow = await two(served)
        signal = s.Signal(slow.peer, s.encode_blob(bytes(s.MAX_SIGNAL_BYTES)), n=0)
        answers: s.FromRelay = s.Ack(0)
        while answers == s.Ack(0):  # `slow` never reads; the buffers of the system fill, then the relay's
            await alice.say(signal)
            answers = await alice.hear()
        assert answers == s.Presence("leave", slow.peer)
        assert "graphvine_relay_slow_closed_total 1\n" in (await served.get("metrics"))[1]
        await alice.say(s.Ping())
        while await alice.hear() != s.Pong():
            pass
        await alice.socket.close()
        await served.relay.idle.wait()  # nothing hangs on the socket that nobody reads

    with_relay(scenario, config, frames_burst=1e6, address_frames_burst=1e6)


def test_a_reader_that_keeps_up_may_get_any_amount() -> None:
    async def scenario(served: Served) -> None:
        alice, bob = await two(served)
        for _ in range(30):
            await alice.say(s.Signal(bob.peer, "A" * 4_000))
            assert isinstance(await bob.hear(), s.Forwarded)

    with_relay(scenario, Config(queue_bytes=20_000))


def test_health_metrics_and_a_visitor_without_websocket() -> None:
    async def scenario(served: Served) -> None:
        assert (await served.get("healthz"))[:2] == (200, "ok\n")
        assert (await served.get("readyz"))[0] == 200
        assert (await served.get(""))[0] == 426
        alice, bob = await two(served)
        await alice.say(s.Signal(bob.peer, "eHg", n=1))
        assert await alice.hear() == s.Ack(1)
        status, text, headers = await served.get("metrics")
        assert status == 200
        assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
        for line in ("connections 2", "peers 2", "rooms 1", "joined_total 2", "forwarded_total 1", "frames_in_total 3"):
            assert f"graphvine_relay_{line}\n" in text
        form = re.compile(r"# (HELP|TYPE) [a-z_]+ .+|[a-z_]+ [0-9.e+]+")
        assert all(form.fullmatch(each) for each in text.splitlines())
        assert alice.peer not in text
        assert ROOM not in text

    with_relay(scenario)


def test_drain_is_visible_and_orderly() -> None:
    async def scenario(served: Served) -> None:
        alice, bob = await two(served)
        served.relay.drain()
        farewell = await alice.hear()
        assert isinstance(farewell, s.Drain)
        assert farewell.after <= 0.2
        assert (await served.get("readyz"))[0] == 503
        assert (await served.get("healthz"))[0] == 200
        late = await served.connect()
        assert await late.close_code() == s.CLOSE_BUSY
        assert await alice.close_code() == s.CLOSE_AWAY
        assert await bob.close_code() == s.CLOSE_AWAY
        await served.relay.idle.wait()

    with_relay(scenario, drain_s=0.2)


def test_stopping_the_application_closes_every_socket() -> None:
    async def scenario(served: Served) -> None:
        alice, _ = await two(served)
        served.relay.stop()
        assert await alice.close_code() == s.CLOSE_AWAY

    with_relay(scenario)


def test_origins() -> None:
    async def scenario(served: Served) -> None:
        good = await served.connect(origin="https://good.example")
        await good.join()
        for options in ({"origin": "https://bad.example"}, {}):
            with pytest.raises(aiohttp.WSServerHandshakeError) as error:
                await served.connect(**options)
            assert error.value.status == 403
        _, _, headers = await served.get("healthz", Origin="https://good.example")
        assert headers["Access-Control-Allow-Origin"] == "https://good.example"
        _, _, headers = await served.get("healthz", Origin="https://bad.example")
        assert "Access-Control-Allow-Origin" not in headers

    with_relay(scenario, Config(origins=("https://good.example",)))


def test_without_a_list_every_page_may_ask_for_health() -> None:
    async def scenario(served: Served) -> None:
        _, _, headers = await served.get("healthz", Origin="https://any.example")
        assert headers["Access-Control-Allow-Origin"] == "*"

    with_relay(scenario)


@pytest.mark.parametrize("header", ["X-Forwarded-For", ""])
def test_addresses_behind_a_proxy(header: str) -> None:
    """Only the last element, which the proxy wrote, counts; and only if the operator says that there is a proxy."""

    async def scenario(served: Served) -> None:
        names = ["10.1.1.1, 198.51.100.1", "10.2.2.2, 198.51.100.1", "198.51.100.2"]
        clients = [await served.connect(headers={"X-Forwarded-For": name}) for name in names]
        first = [await client.socket.receive() for client in clients]
        closed = [message.type is aiohttp.WSMsgType.CLOSE for message in first]
        assert closed == ([False, True, False] if header else [False, True, True])

    with_relay(scenario, Config(client_header=header), connections_per_address=1)


def test_stun_and_turn_are_told_with_credentials_that_expire() -> None:
    admission = Admission(
        stun_urls=("stun:stun.example:3478",),
        turn_urls=("turn:turn.example:3478", "turns:turn.example:443?transport=tcp"),
        turn_secret=b"secret",
        turn_ttl_s=600,
        unix_s=lambda: 1_800_000_000.5,
    )

    async def scenario(served: Served) -> None:
        alice = await served.connect()
        joined = await alice.join()
        name, password = turn_credentials(b"secret", alice.peer, 1_800_000_600)
        assert joined.ttl == 600
        assert joined.ice == (
            s.IceServer(("stun:stun.example:3478",)),
            s.IceServer(admission.turn_urls, name, password),
        )
        assert name.startswith("1800000600:")
        await alice.say(s.Who())
        assert await alice.hear() == joined

    with_relay(scenario, Config(admission=admission))


def test_a_private_relay_asks_for_a_capability() -> None:
    async def scenario(served: Served) -> None:
        key = room_key(b"master", ROOM)
        good = await served.connect()
        await good.join(cap=mint(key, CapabilityBody(ROOM, exp=2**40)))
        bad = await served.connect()
        await bad.prove()
        assert await bad.hear() == s.Refused("denied")

    with_relay(scenario, Config(admission=Admission(capability_master=b"master")))
