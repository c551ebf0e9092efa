"""Command line and environment."""

from __future__ import annotations

import pytest

from graphvine_relay.config import Config, parse


def test_defaults() -> None:
    assert parse([], {}) == Config()


def test_everything() -> None:
    arguments = (
        "--host 0.0.0.0 --port 0 --origin https://a.example --origin https://b.example --trust-proxy Fly-Client-IP "
        "--stun stun:s.example --turn turn:t.example --max-connections 5 --max-per-address 2 --drain 1.5"
    )
    environ = {"GRAPHVINE_RELAY_SECRET": "master", "GRAPHVINE_RELAY_TURN_SECRET": "turn", "TRUST_PROXY": "1"}
    config = parse(arguments.split(), environ)
    assert (config.host, config.port) == ("0.0.0.0", 0)
    assert config.origins == ("https://a.example", "https://b.example")
    assert config.client_header == "Fly-Client-IP"
    assert config.admission.stun_urls == ("stun:s.example",)
    assert (config.admission.turn_urls, config.admission.turn_secret) == (("turn:t.example",), b"turn")
    assert config.admission.capability_master == b"master"
    assert (config.limits.connections, config.limits.connections_per_address) == (5, 2)
    assert config.limits.drain_s == 1.5


@pytest.mark.parametrize(
    ("value", "header"),
    [
        ("", ""),
        ("0", ""),
        ("false", ""),
        ("1", "X-Forwarded-For"),
        ("true", "X-Forwarded-For"),
        ("X-Real-IP", "X-Real-IP"),
    ],
)
def test_trust_proxy_from_the_environment(value: str, header: str) -> None:
    assert parse([], {"TRUST_PROXY": value}).client_header == header


@pytest.mark.parametrize(
    "arguments",
    [["--drain", "-1"], ["--drain", "601"], ["--max-connections", "0"], ["--max-per-address", "0"], ["--stun", "x"],
     ["--turn", "turn:t.example"], ["--port", "many"]],
)  # fmt: skip
def test_wrong_settings_end_with_a_message(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as error:
        parse(arguments, {})
    assert error.value.code == 2
    assert "usage:" in capsys.readouterr().err
