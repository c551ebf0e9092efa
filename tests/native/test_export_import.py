"""`graphvine export` and `graphvine import` as real processes: files, pipes, exit codes, and what they say."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import graphvine

GRAPHVINE = [sys.executable, "-m", "graphvine"]
FORMATS = ["graphvine", "cypher", "graphml", "jsonld", "csv", "gun"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HOME", "XDG_DATA_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    async def fill() -> None:
        async with graphvine.open("wiki", storage="wiki.sqlite") as graph:
            await graph.put("alice", {"name": "Alice", "age": 30}, labels=["Person"])
            await graph.put("bob", {"name": "Bob"}, labels=["Person"])
            await graph.link("alice", "KNOWS", "bob")

    asyncio.run(fill())
    return tmp_path


def run(*words: str, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*GRAPHVINE, *words], capture_output=True, input=data, timeout=180)


def export(*words: str) -> subprocess.CompletedProcess[bytes]:
    return run("export", "wiki", "--storage", "wiki.sqlite", *words)


def holds(storage: str, space: str = "wiki") -> dict[str, object]:
    async def look() -> dict[str, object]:
        async with graphvine.open(space, storage=storage) as graph:
            held = {vertex.id: (sorted(vertex.labels), vertex.properties) for vertex in await graph.vertices()}
            return held | {f"{edge.source}-{edge.type}-{edge.target}": edge.properties for edge in await graph.edges()}

    return asyncio.run(look())


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_goes_out_and_comes_back_elsewhere(home: Path, format: str) -> None:
    file = {"csv": "wiki.csv.zip", "gun": "wiki.gun.json"}.get(format, f"wiki.{format}")
    done = export("-o", file)
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"2 vertices, 1 edge," in done.stderr
    assert not (home / f"{file}.part").exists()
    taken = run("import", "wiki", "--storage", "copy.sqlite", file)
    assert taken.returncode == 0, taken.stderr
    assert holds("copy.sqlite") == holds("wiki.sqlite")


def test_a_pipe_carries_an_archive(home: Path) -> None:
    out = export()
    assert out.stdout.startswith(b"GRAPHVINE")
    taken = run("import", "wiki", "--storage", "copy.sqlite", "-q", "-", data=out.stdout)
    assert (taken.returncode, taken.stdout, taken.stderr) == (0, b"", b"")
    assert holds("copy.sqlite") == holds("wiki.sqlite")


def test_a_folder_takes_two_tables_and_gives_them_back(home: Path) -> None:
    assert export("-o", "tables/").returncode == 0
    assert sorted(each.name for each in (home / "tables").iterdir()) == ["edges.csv", "vertices.csv"]
    taken = run("import", "wiki", "--storage", "copy.sqlite", "tables/vertices.csv", "tables/edges.csv")
    assert taken.returncode == 0, taken.stderr
    assert holds("copy.sqlite") == holds("wiki.sqlite")


def test_plain_tables_are_explained_by_options(home: Path) -> None:
    (home / "people.csv").write_text("email;name;age\na@x;Ann;30\nb@x;Bob;\n")
    (home / "links.csv").write_text("who\twhom\na@x\tb@x\n")
    storage = ("--storage", "new.sqlite")
    words = ("--id", "email", "--label", "Person", "--column", "age=long")
    assert run("import", "new", *storage, "people.csv", *words).returncode == 0
    words = ("--source", "who", "--target", "whom", "--type", "KNOWS", "--delimiter", "\\t")
    assert run("import", "new", *storage, "links.csv", *words).returncode == 0
    assert holds("new.sqlite", "new") == {
        "a@x": (["Person"], {"name": "Ann", "age": 30}),
        "b@x": (["Person"], {"name": "Bob"}),
        "a@x-KNOWS-b@x": {},
    }


def test_another_space_takes_an_archive_only_as_new(home: Path) -> None:
    export("-o", "wiki.graphvine")
    refused = run("import", "other", "--storage", "other.sqlite", "wiki.graphvine")
    assert refused.returncode == 1
    assert b"of the space 'wiki'" in refused.stderr
    assert run("import", "other", "--storage", "other.sqlite", "--as-new", "wiki.graphvine").returncode == 0
    assert holds("other.sqlite", "other") == holds("wiki.sqlite")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["import", "wiki", "missing.csv"], "missing.csv can't be read: No such file"),
        (
            ["import", "wiki", "bad.csv"],
            "bad.csv: 'n': 'x' is no integer. (line 3)\n  0 vertices and 0 edges of it are in",
        ),
        (["import", "wiki", "what"], "what: What kind of file is this?"),
        (["import", "wiki", "bad.csv", "--column", "age"], "--column age: write the column's name"),
        (["import", "wiki", "bad.csv", "--as-new"], "Reading csv has no option 'as_new'"),
        (["export", "wiki", "-o", "nowhere/x.cypher"], "nowhere/x.cypher can't be written: No such file"),
        (["export", "wiki", "-o", "x.docx"], "What kind of file is this?"),
        (["export", "wiki", "-o", "./", "--format", "cypher"], "./ is a folder; only csv has more than one file"),
    ],
)
def test_mistakes_are_told_in_a_line_and_a_status(home: Path, words: list[str], says: str) -> None:
    (home / "bad.csv").write_text("id:ID,n:long\na,1\nb,x\n")
    (home / "what").write_text("something\n")
    done = run(*words, "--storage", "wiki.sqlite")
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.decode().startswith(f"graphvine: {says}")
    assert "Traceback" not in done.stderr.decode()


def test_a_reader_that_goes_away_ends_it_quietly(home: Path) -> None:
    rows = "".join(f"v{number},{'x' * 200}\n" for number in range(3000))
    run(
        "import",
        "wiki",
        "--storage",
        "wiki.sqlite",
        "-q",
        "--format",
        "csv",
        "-",
        data=("id:ID,t:string\n" + rows).encode(),
    )
    writer = subprocess.Popen(
        [*GRAPHVINE, "export", "wiki", "--storage", "wiki.sqlite", "--format", "cypher"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert writer.stdout is not None
    assert writer.stderr is not None
    writer.stdout.read(10)
    writer.stdout.close()
    said = writer.stderr.read()
    writer.stderr.close()
    assert writer.wait(timeout=60) == 1
    assert said == b""


def test_an_interrupted_import_leaves_whole_transactions(home: Path) -> None:
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [*GRAPHVINE, "import", "wiki", "--storage", "cut.sqlite", "--format", "csv", "-"],
        stdin=reader,
        stderr=subprocess.PIPE,
    )
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        pipe.write(b"id:ID,n:long\n" + b"".join(b"v%d,%d\n" % (n, n) for n in range(9_000)))
        pipe.flush()
        deadline = time.monotonic() + 60
        while sum(each.stat().st_size for each in home.glob("cut.sqlite*")) < 200_000:  # the first transaction is in
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
    assert process.stderr is not None
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    assert len(holds("cut.sqlite")) in (1000 * n for n in range(1, 10))
