from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.traces.__main__ import main
from tests.traces.replay import read_trace, replay_trace

TRACES = Path(__file__).resolve().parents[3] / "shared" / "traces"

CONCURRENT: dict[str, Any] = {
    "kind": "concurrent",
    "endContent": "hey, 😀 world!",
    "numAgents": 2,
    "txns": [
        {"parents": [], "numChildren": 2, "agent": 0, "patches": [[0, 0, "hey "], [4, 0, "word", "2023-11-22T04:49Z"]]},
        {"parents": [0], "numChildren": 1, "agent": 1, "patches": [[7, 1, "ld!"]]},
        {"parents": [0], "numChildren": 1, "agent": 0, "patches": [[3, 0, ","], [5, 0, "😀 "]]},
        {"parents": [1, 2], "numChildren": 1, "agent": 0, "patches": []},
        {"parents": [3], "numChildren": 0, "agent": 1, "patches": [[10, 0, "l"], [10, 1, ""]]},
    ],
}


@pytest.mark.parametrize("name", ["automerge-paper", "rustcode", "sveltecomponent", "friendsforever_flat"])
def test_a_published_trace_ends_in_its_text(name: str) -> None:
    path = TRACES / f"{name}.json.gz"
    if not path.exists():
        pytest.skip(f"no {path.name} in ../shared/traces")
    result = replay_trace(read_trace(path))
    assert result.is_ok
    if name == "automerge-paper":
        assert result.transactions == 259_778
        assert result.stored_bytes < 80_000


def test_a_published_trace_of_two_authors_at_once_ends_in_its_text() -> None:
    path = TRACES / "friendsforever.json.gz"
    if not path.exists():
        pytest.skip(f"no {path.name} in ../shared/traces")
    result = replay_trace(read_trace(path))
    assert result.is_ok
    assert result.stored_bytes < 30_000


def test_concurrent_transactions_merge() -> None:
    assert replay_trace(CONCURRENT).is_ok


def test_a_wrong_end_is_seen() -> None:
    assert not replay_trace(CONCURRENT | {"endContent": "hey, world!"}).is_ok


def test_the_command_reads_plain_and_gzipped_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flat = {"startContent": "ab", "endContent": "aXc", "txns": [{"patches": [[1, 1, "X"], [2, 0, "c"]]}]}
    plain, packed, wrong, broken = (tmp_path / name for name in ("plain.json", "packed.json.gz", "wrong.json", "no.gz"))
    plain.write_text(json.dumps(flat))
    packed.write_bytes(gzip.compress(json.dumps(CONCURRENT).encode()))
    wrong.write_text(json.dumps(flat | {"endContent": "aXcd"}))
    broken.write_bytes(b"\x1f\x8bnothing")
    assert main([str(plain), str(packed)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:2]] == ["ok", "ok"]
    assert lines[-1].startswith("2 ok, 0 differ, 0 failed")
    assert main([str(wrong), str(broken), str(plain)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["differs", "error", "ok"]
    assert lines[-1].startswith("1 ok, 1 differ, 1 failed")
