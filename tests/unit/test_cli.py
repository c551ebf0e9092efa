"""The command line: what it prints, and errors as one line without a traceback."""

from __future__ import annotations

import asyncio
from importlib import metadata

import pytest

import graphvine
from graphvine import cli


@pytest.fixture
def storage(tmp_path, monkeypatch):
    for name in ("HOME", "XDG_DATA_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    path = str(tmp_path / "wiki.sqlite")

    async def fill():
        async with graphvine.open("wiki", storage=path) as graph:
            await graph.put("alice", {"name": "Alice", "age": 30}, labels=["Person", "Admin"])
            await graph.link("alice", "KNOWS", "bob")

    asyncio.run(fill())
    return path


def test_show_prints_a_vertex(storage, capsys):
    assert cli.main(["show", "wiki", "alice", "--storage", storage]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "alice :Admin :Person",
        "  age = 30",
        "  name = 'Alice'",
        "  -[KNOWS]-> bob",
    ]


def test_show_says_what_is_not_there(storage, capsys):
    assert cli.main(["show", "wiki", "nobody", "--storage", storage]) == 0
    assert "There is no vertex 'nobody' in 'wiki'." in capsys.readouterr().out


def test_show_without_a_vertex_prints_the_status(storage, capsys):
    assert cli.main(["show", "wiki", "--storage", storage]) == 0
    assert "wiki: 2 vertices, 1 edges" in capsys.readouterr().out


def test_an_error_is_one_line_and_a_status(storage, capsys):
    assert cli.main(["show", "", "--storage", storage]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("graphvine: A space name is empty.")
    assert "Traceback" not in captured.err


def test_the_version_is_that_of_the_wheel(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"graphvine {metadata.version('graphvine')}\n"


def test_help_lists_every_verb(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    said = capsys.readouterr().out
    assert [
        verb for verb in ("peer", "show", "query", "export", "import", "relay", "serve") if f"    {verb} " not in said
    ] == []


@pytest.mark.parametrize(
    "words", [[], ["no-such-verb"], ["show"], ["bench", "--vertices", "-5"], ["bench", "--vertices", "x"]]
)
def test_wrong_words_show_the_usage(words, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(words)
    assert caught.value.code == 2
    assert "usage: graphvine" in capsys.readouterr().err


def test_bench_measures(storage, capsys):
    assert cli.main(["bench", "--vertices", "50"]) == 0
    assert "50 vertices" in capsys.readouterr().out


def test_query_prints_a_table(storage, capsys):
    text = "MATCH (a {_id: $id})-[r]->(b) RETURN a.name AS name, a, r, [1, null] AS list"
    assert cli.main(["query", "wiki", text, "--param", "id=alice", "--storage", storage]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "name  | a                                              | r                    | list",
        "------+------------------------------------------------+----------------------+---------",
        'Alice | alice :Admin :Person {"age":30,"name":"Alice"} | alice -[KNOWS]-> bob | [1,null]',
    ]


def test_query_prints_json_and_what_it_changed(storage, capsys):
    text = "MERGE (a {_id: 'carol'}) SET a.age = $age RETURN a.age AS age, date('2024-02-29') AS day"
    assert cli.main(["query", "wiki", text, "--param", "age=7", "--json", "--storage", storage]) == 0
    captured = capsys.readouterr()
    assert captured.out == '{"age":7,"day":"2024-02-29"}\n'
    assert captured.err == "1 vertex created, 1 property set\n"
    assert cli.main(["show", "wiki", "carol", "--storage", storage]) == 0
    assert "age = 7" in capsys.readouterr().out


def test_a_plan_is_printed_and_a_wrong_query_is_shown_at_its_place(storage, capsys):
    assert cli.main(["query", "wiki", "EXPLAIN MATCH (n:Person) RETURN n", "--storage", storage]) == 0
    said = capsys.readouterr().out
    assert "Person" in said
    assert "as a live query: by deltas" in said
    assert cli.main(["query", "wiki", "MATCH (n) RETURN m", "--storage", storage]) == 1
    assert "RETURN m\n                   ^" in capsys.readouterr().err
    assert cli.main(["query", "wiki", "RETURN 1", "--param", "x", "--storage", storage]) == 1
    assert "--param min=20" in capsys.readouterr().err
    deep = "x=" + "[" * 60_000
    assert cli.main(["query", "wiki", "RETURN $x", "--param", deep, "--storage", storage]) == 1
    assert "nests too deep" in capsys.readouterr().err
