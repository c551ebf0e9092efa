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


@pytest.mark.parametrize(
    ("start", "txns", "end"),
    [
        ("", [], ""),
        ("", [{"patches": []}, {"time": "2024-01-01T00:00:00Z", "patches": [[0, 0, "a"]]}, {"patches": []}], "a"),
        ("a\r\nb", [{"patches": [[1, 2, "\n"], [2, 0, "\r\n"]]}], "a\n\r\nb"),
        (
            "",
            [{"patches": [[0, 0, "a😀b"]]}, {"patches": [[1, 1, "\U0001f3f3\ufe0f"], [3, 0, "é"]]}],
            "a\U0001f3f3\ufe0féb",
        ),
        ("abc", [{"patches": [[0, 3, ""]]}, {"patches": [[0, 0, ""], [0, 0, "xyz"], [1, 1, ""]]}], "xz"),
        ("", [{"patches": [[0, 0, "x" * 5_000]]}, {"patches": [[2_500, 2_000, "y"]]}], "x" * 2_500 + "y" + "x" * 500),
    ],
    ids=["nothing", "empty transactions", "carriage returns", "beyond U+FFFF", "all deleted", "large"],
)
def test_every_kind_of_flat_trace(start: str, txns: list[Any], end: str) -> None:
    trace = {"startContent": start, "endContent": end, "txns": txns}
    assert replay_trace(trace).is_ok
    concurrent = [
        {"parents": [n - 1] if n else [], "numChildren": 1, "agent": n % 3, **txn} for n, txn in enumerate(txns)
    ]
    assert replay_trace({"kind": "concurrent", "numAgents": 3, **trace, "txns": concurrent}).is_ok


def test_branches_that_begin_with_nothing_and_end_in_many_heads() -> None:
    """Empty transactions as roots and as merges, several roots, and heads that nothing merges."""
    txns = [
        {"parents": [], "agent": 0, "patches": []},
        {"parents": [0], "agent": 0, "patches": [[0, 0, "a"]]},
        {"parents": [0], "agent": 1, "patches": [[0, 0, "b"]]},
        {"parents": [1, 2], "agent": 2, "patches": []},
        {"parents": [3], "agent": 2, "patches": []},
        {"parents": [4], "agent": 2, "patches": [[2, 0, "c"], [0, 1, ""]]},
        {"parents": [4], "agent": 0, "patches": [[0, 0, "d"]]},
    ]
    trace = {"kind": "concurrent", "endContent": "", "numAgents": 3, "txns": txns}
    ends = {end for end in ("dbc", "dac", "bc", "ac") if replay_trace(trace | {"endContent": end}).is_ok}
    assert len(ends) == 1


def test_an_agent_on_two_branches_at_once() -> None:
    """As histories of git have it. Names may be text, and times are called by either word."""
    txns = [
        {"parents": [], "agent": "ann", "time": "2024-01-01T00:00:00Z", "patches": [[0, 0, "a😀b"]]},
        {"parents": [0], "agent": "ann", "timestamp": "2024-01-01T00:00:00Z", "patches": [[2, 1, "B"]]},
        {"parents": [0], "agent": "ann", "patches": [[0, 1, "A", "2024-01-01T00:00:00Z"]]},
        {"parents": [0], "agent": "bob", "patches": [[1, 0, "-"]]},
        {"parents": [1], "agent": "ann", "patches": [[3, 0, "!"]]},
        {"parents": [2, 3], "agent": "bob", "patches": [[2, 1, "🙂"]]},
        {"parents": [4, 5], "agent": "ann", "patches": [[4, 0, "?"]]},
    ]
    assert replay_trace({"kind": "concurrent", "numAgents": 2, "endContent": "A-🙂B?!", "txns": txns}).is_ok


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
