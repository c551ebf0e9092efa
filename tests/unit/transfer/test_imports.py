"""Imports: wrong files have a place and a word, and leave whole transactions; progress, cancel, any source of bytes."""

from __future__ import annotations

import asyncio
import io

import pytest
from tests.unit.transfer.kit import alone, exported, fill, picture

from graphvine.errors import FileError, InvalidValue, StorageFull
from graphvine.files import intake
from graphvine.files.formats import FORMATS, detect
from graphvine.transfer.progress import Imported

GRAPHML = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
EDGE = '<graph><node id="a"/>\n<edge source="a" target="b"/></graph></graphml>'
KEY = '<key id="k" attr.name="n" attr.type="int"/><graph>\n<node id="a"><data key="k">'
KEY_END = "</data></node></graph></graphml>"
DEEP_JSON = '{"a":' * 9000 + "1" + "}" * 9000

# (format, file, what the error says, line; 0 where it is a byte). Nothing of these files goes in.
HOSTILE = [
    ("jsonld", '{"@graph": [' + DEEP_JSON + "]}", "nesting of more than 32 levels", 1),
    ("jsonld", "[" * 9000, "nesting of more than 32 levels|cut off", 1),
    ("jsonld", '{"@graph": [{"@id": "a", "n": 123456789012345678901234567890}]}', "outside 64 bits", 1),
    ("jsonld", '{"@graph": [{"@id": "a", "n": 1e999}]}', "Number out of range", 1),
    ("jsonld", '[{"@id": "a"},\n{"@id": 5}]', "An @id is text", 2),
    ("jsonld", '[{"@id": "a"},\n5]', "should be an object with an @id", 2),
    ("jsonld", '{"@graph": [{"@id": "a"}],\n"@context": {}}', "stands behind the @graph", 2),
    ("jsonld", '[{"@id": "e", "@type": "urn:graphvine:Edge"}]', "An edge needs an @id, g:type", 1),
    ("jsonld", '[{"@id": "a", "x": {"@list": [{"@id": "b"}]}}]', "references in lists", 1),
    ("jsonld", '[{"@id": "a", "@graph": []}]', "@graph has no meaning here", 1),
    ("jsonld", '[{"@id": "a", "@context": 5}]', "A @context is", 1),
    ("jsonld", '[{"@id": "a", "x": {"@type": "urn:graphvine:date", "@value": "no"}}]', "'no' is no date", 1),
    ("jsonld", b'[{"@id": "a\xff"}]', "no UTF-8 text from here on", 0),
    ("jsonld", "", "cut off", 1),
    ("gun", '{"a": {"_": {"#": "a"}}, "b": {"x": 1}}', "needs a soul|no `_`", 1),
    ("gun", '{"a": {"_": {"#": "a", ">": {"x": "now"}}, "x": 1}}', "The state of 'x' in 'a' is no number", 1),
    ("gun", '{"a": {"_": {"#": "' + "s" * 600 + '"}}}', "has more than 512 bytes", 1),
    ("gun", '{"a": {"_": {"#": "a"}, "x": [1]}}', "neither a value nor a link", 1),
    ("gun", '{"a": {"_": {"#": 5}}}', "needs a soul", 1),
    ("gun", '{"a": 5}', "is no node of a GUN graph", 1),
    ("graphml", BOMB + GRAPHML + "<graph><node id='&c;'/></graph></graphml>", "a DOCTYPE is refused", 1),
    ("graphml", OUTSIDE + GRAPHML + "<graph><node id='&a;'/></graph></graphml>", "a DOCTYPE is refused", 1),
    ("graphml", GRAPHML + "<x>" * 100, "nest more than 64 levels", 1),
    ("graphml", GRAPHML + '<graph><node id="a">\n', "cut off", 2),
    ("graphml", GRAPHML + "<graph></node></graph></graphml>", "This is no XML: mismatched tag", 1),
    ("graphml", "<html></html>", "<html> is not the root", 1),
    ("graphml", GRAPHML + "\n<graph><node/></graph></graphml>", "a node has no id", 2),
    ("graphml", GRAPHML + '<graph><node id="a"/>\n<node id="a"/></graph></graphml>', "two vertices with the id 'a'", 2),
    ("graphml", GRAPHML + '<graph><edge source="a"/></graph></graphml>', "no source or no target", 1),
    ("graphml", GRAPHML + "<graph><hyperedge/></graph></graphml>", "a hyperedge joins more than two", 1),
    ("graphml", GRAPHML + EDGE, "to the vertex 'b', which is neither", 2),
    ("graphml", GRAPHML + KEY + "x" + KEY_END, "'n': 'x' is no integer", 2),
    ("graphml", GRAPHML + KEY + "9" * 20 + KEY_END, "does not fit into 64 bits", 2),
    ("graphml", GRAPHML.encode() + b'<graph><node id="\xff"/></graph></graphml>', "not well-formed", 1),
    ("graphml", '<?xml version="1.0" encoding="no-such"?>' + GRAPHML + "</graphml>", "unknown encoding: no-such", 1),
    ("csv", "", "The table is empty", 1),
    ("csv", "name,age\nAnn,3\n", "Which column holds the ids", 1),
    ("csv", "id:ID,id:ID\n1,2\n", "exactly one column :ID", 1),
    ("csv", ":START_ID,:TYPE\n1,2\n", "exactly one column :END_ID", 1),
    ("csv", "id:ID,n:long\na,1\nb\n", "has 1 cells, the header 2", 3),
    ("csv", 'id:ID,n\n"a\n",1\nb,"x"y\n', "behind the quote that closes it", 4),
    ("csv", 'id:ID,n\na,x"y\n', "in the middle", 2),
    ("csv", 'id:ID,n\na,"x\n', "cut off: it ends inside a quoted cell", 2),
    ("csv", "id:ID,n:double\na,1e999\n", "too large for a float", 2),
    ("csv", "id:ID\na\n\nb\na\n", "two vertices with the id 'a'", 5),
    ("csv", "id:ID,n\n,1\n", "A row has no id", 2),
    ("csv", ":START_ID,:END_ID\na,\n", "no source or no target", 2),
    ("csv", ":START_ID,:END_ID\na,b\n", "leads to the vertex 'a', which is neither", 2),
    ("csv", b"id:ID,n\na,\xff\n", "no UTF-8 text from here on", 0),
    ("csv", b"PK\x03\x04" + bytes(40), "cut off|damaged|can't be read", 0),
    ("cypher", "CREATE ({_id: 'a'}", "A statement can't be run", 1),
    ("cypher", "CREATE ({_id: 'a", "cut off: it ends inside a quoted text", 1),
    ("cypher", "/* no end", "cut off: it ends inside a comment", 1),
    ("cypher", "// one\n\nRETURN 1 +;", "A statement can't be run", 3),
    ("graphvine", "GRAPHVINE", "cut off", 0),
]  # fmt: skip


@pytest.mark.parametrize(("format", "text", "says", "line"), HOSTILE)
def test_a_wrong_file_says_what_and_where_and_changes_nothing(format, text, says, line):
    async def test(street):
        graph = await street.profile("a").open()
        await graph.put("before", {"x": 1})
        before = picture(graph)
        data = text if isinstance(text, bytes) else text.encode()
        for chunks in ([data], [data[at : at + 7] for at in range(0, len(data), 7)] if len(data) < 5000 else [data]):
            with pytest.raises(FileError, match=says) as caught:
                await graph.import_from(chunks, format)
            assert caught.value.line == line
            if not line and data:
                assert caught.value.offset or "cut off" in str(caught.value)
            assert picture(graph) == before
            assert (caught.value.vertices, caught.value.edges) == (0, 0)
        await graph.close()

    alone(test)


@pytest.mark.parametrize("format", [name for name in FORMATS if name != "gun"])
def test_every_cut_of_a_file_is_an_error_or_a_shorter_graph(format):
    """Tables and scripts have no end mark: cut between two rows they are shorter. Nothing else passes."""
    cells = {"csv-vertices", "csv-edges", "cypher"}

    async def test(street):
        first = await street.profile("a").open()
        vertices = {"a": (["L"], {"x": 'q"\n', "n": 1}), "b": ([], {"d": [1, None, b"x"]})}
        await fill(first, vertices, [("e", "T", "a", "b", {"y": 1.5})])
        data = await exported(first, format)
        whole = picture(first)
        for size in range(len(data)):
            second = await street.profile(f"p{size}").open()
            if format == "csv-edges":
                await fill(second, {id_: ([], {}) for id_ in vertices}, [])
            try:
                await second.import_from(data[:size], format)
                assert format in cells or data[:size].rstrip() == data.rstrip()
            except FileError:
                pass
            held = picture(second)
            assert held[0].keys() <= whole[0].keys()
            assert held[1].keys() <= whole[1].keys()
            await second.close()
        await first.close()

    alone(test)


ROWS = b"id:ID,n:long\n" + b"".join(b"v%d,%d\n" % (n, n) for n in range(50))


def small_chunks(monkeypatch):
    monkeypatch.setattr(intake, "CHUNK_OPERATIONS", 10)


def test_what_came_before_a_mistake_is_in_and_is_told(monkeypatch):
    small_chunks(monkeypatch)

    async def test(street):
        graph = await street.profile("a").open()
        with pytest.raises(FileError) as caught:
            await graph.import_from(ROWS + b"v50,wrong\n")
        error = caught.value
        assert (error.line, error.vertices, error.edges, error.transactions) == (52, 50, 0, 5)
        assert len(picture(graph)[0]) == 50
        again = await graph.import_from(ROWS + b"v50,50\n")
        assert (again.vertices, again.transactions) == (51, 6)
        await graph.close()

    alone(test)


def test_a_cancelled_import_leaves_whole_transactions(monkeypatch):
    small_chunks(monkeypatch)

    async def test(street):
        graph = await street.profile("a").open()
        many = ROWS + b"".join(b"w%d,%d\n" % (n, n) for n in range(205))

        async def chunks():
            yield many
            await asyncio.sleep(1000)

        task = asyncio.ensure_future(graph.import_from(chunks(), "csv"))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(picture(graph)[0]) == 250
        await graph.put("still", {"works": True})
        await graph.close()

    alone(test)


def test_progress_rises_to_the_end():
    async def test(street):
        graph = await street.profile("a").open()
        seen = []
        result = await graph.import_from(ROWS, on_progress=seen.append)
        assert isinstance(result, Imported)
        assert seen == sorted(seen)
        assert (seen[-1].done, seen[-1].total, seen[-1].fraction) == (len(ROWS), len(ROWS), 1.0)
        assert (result.format, result.vertices, result.bytes) == ("csv", 50, len(ROWS))
        export, steps = graph.export("graphml"), []
        async for _ in export:
            steps.append(export.progress.fraction)  # noqa: PERF401
        assert steps == sorted(steps)
        assert export.progress.fraction == 1.0
        with pytest.raises(InvalidValue, match="has begun already"):
            export.__aiter__()
        await graph.close()

    alone(test)


def test_bytes_come_from_anything_that_gives_them():
    async def test(street):
        async def later():
            for part in (ROWS[:5], b"", ROWS[5:]):
                yield part

        sources = [
            ROWS,
            bytearray(ROWS),
            memoryview(ROWS),
            io.BytesIO(ROWS),
            [ROWS[:3], memoryview(ROWS)[3:]],
            iter([ROWS]),
            later(),
        ]
        for number, source in enumerate(sources):
            graph = await street.profile(f"p{number}").open()
            assert (await graph.import_from(source, "csv")).vertices == 50
            await graph.close()

    alone(test)


@pytest.mark.parametrize("source", ["text", ["text"], io.StringIO("text")])
def test_text_is_no_file(source):
    async def test(street):
        graph = await street.profile("a").open()
        with pytest.raises(InvalidValue, match="A file comes as bytes, not as str"):
            await graph.import_from(source, "csv")
        await graph.close()

    alone(test)


def test_unknown_formats_and_options_are_named():
    async def test(street):
        graph = await street.profile("a").open()
        with pytest.raises(InvalidValue, match="There is no format 'docx'. There are graphvine, cypher"):
            graph.export("docx")
        with pytest.raises(InvalidValue, match="no option 'labels'; it has delimiter"):
            await graph.import_from(ROWS, "csv", labels="x")
        with pytest.raises(InvalidValue, match="no option 'id'; it has none"):
            await graph.import_from(b"", "gun", id="x")
        with pytest.raises(InvalidValue, match="can't be of type 'point'"):
            await graph.import_from(ROWS, "csv", types={"n": "point"})
        await graph.close()

    alone(test)


@pytest.mark.parametrize(
    ("head", "name", "format"),
    [
        (b"GRAPHVINE\x01", "x.csv", "graphvine"),
        (b"", "a/b/wiki.graphvine", "graphvine"),
        (b"", "X.CYPHER", "cypher"),
        (b"", "x.cql", "cypher"),
        (b"", "x.graphml", "graphml"),
        (b"", "x.jsonld", "jsonld"),
        (b"", "x.csv", "csv"),
        (b"", "x.csv.zip", "csv"),
        (b"", "x.gun.json", "gun"),
        (b"PK\x03\x04", "", "csv"),
        (b"\xef\xbb\xbfUNWIND [", "", "cypher"),
        (b'<?xml version="1.0"?>\n<graphml ', "", "graphml"),
        (b'{"a":{"_":{"#":"a"', "x.json", "gun"),
        (b'[{"@id": 1}]', "x.json", "jsonld"),
        (b"id:ID,name\n", "", "csv"),
    ],
)
def test_formats_are_told_apart(head, name, format):
    assert detect(head, name) == format


@pytest.mark.parametrize("head", [b"", b"<html>", b'{"a": 1}', b"name,age\n", b"\xff\xd8"])
def test_what_nobody_knows_is_asked_for(head):
    with pytest.raises(FileError, match="Name its format: graphvine, cypher"):
        detect(head, "")


def test_an_edge_that_is_another_one_here_is_refused():
    async def test(street):
        graph = await street.profile("a").open()
        await graph.link("a", "T", "b", edge="e")
        with pytest.raises(FileError, match=r"another edge with the id 'e': 'a' -\[T\]-> 'b'.*\(line 2\)"):
            await graph.import_from(b":START_ID,:END_ID,:TYPE,edge_id:IGNORE\nb,a,T,e\n")
        await graph.close()

    alone(test)


def test_edges_may_come_before_their_vertices(monkeypatch):
    text = (
        '<graphml><graph><edge id="e" source="a" target="b" label="T"/><node id="b"/>\n<node id="a"/></graph></graphml>'
    )

    async def test(street):
        graph = await street.profile("a").open()
        result = await graph.import_from(text.encode())
        assert (result.vertices, result.edges) == (2, 1)
        assert await graph.get_edge("e") is not None
        monkeypatch.setattr(intake, "MAX_WAITING_EDGES", 0)
        with pytest.raises(FileError, match="Put the vertices first"):
            await (await street.profile("b").open()).import_from(text.encode())
        await graph.close()

    alone(test)


def test_parallel_edges_without_ids_stay_apart_and_the_same():
    text = b":START_ID,:END_ID,:TYPE,n:long\na,b,T,1\na,b,T,2\na,b,T,3\n"

    async def test(street):
        graph = await street.profile("a").open()
        await fill(graph, {"a": ([], {}), "b": ([], {})}, [])
        result = await graph.import_from(text)
        assert result.warnings == {"edges with no id, or the id of another one: given ids of their own": 2}
        before = picture(graph)
        assert len(before[1]) == 3
        await graph.import_from(text)
        assert picture(graph) == before
        await graph.close()

    alone(test)


def test_a_full_disk_is_the_storage_error_that_it_is():
    async def test(street):
        profile = street.profile("a")
        graph = await profile.open()
        profile.disk.limit_bytes = profile.disk.size_bytes + 100
        with pytest.raises(StorageFull):
            await graph.import_from(ROWS)
        profile.disk.limit_bytes = 10**9
        await graph.import_from(ROWS)
        await graph.close()
        again = await profile.open()
        assert len(picture(again)[0]) == 50
        await again.close()

    alone(test)
