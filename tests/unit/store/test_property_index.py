from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import any_value

from graphvine.crdt.cells import VertexCell
from graphvine.model import temporal
from graphvine.model.index import IndexInfo
from graphvine.query.values import compare, equals, sort_key
from graphvine.store.property_index import PropertyIndex

INFO = IndexInfo("by_x", "L", "x")
# Values that collide: numbers of both types, moments that are the same with another offset.
HOUR = 3_600 * temporal.NANOS_PER_SECOND
CLOSE = st.one_of(
    st.sampled_from([-1, 0, 0.0, -0.0, 1, 1.0, 1.5, 2**53, 2.0**53, 2**53 + 1, True, False, "", "a", "ab", "b", b"a"]),
    st.sampled_from([temporal.Time(HOUR, 0), temporal.Time(2 * HOUR, 3_600), temporal.Time(HOUR, 3_600)]),
    st.sampled_from([temporal.DateTime(0, HOUR, 0), temporal.DateTime(0, 2 * HOUR, 3_600, "Europe/Vienna")]),
    st.sampled_from([temporal.Date(1), temporal.LocalTime(1), temporal.LocalDateTime(1, 0)]),
    st.sampled_from([temporal.Duration(0, 1, 0, 0), temporal.Duration(0, 0, 86_400, 0), [1], [1.0, None], [], None]),
)
VALUES = st.one_of(CLOSE, any_value)


def index_of(values: list[Any]) -> tuple[PropertyIndex, list[VertexCell]]:
    index, cells = PropertyIndex(INFO), []
    for number, value in enumerate(values):
        cell = VertexCell(f"v{number}")
        if value is not None or number % 2:  # absent is the same as null
            cell.properties = {"x": value}
        cells.append(cell)
        index.put(cell)
    return index, cells


def ids(cells: Any) -> list[str]:
    found = [cell.id for cell in cells]
    assert len(found) == len(set(found)), "a cell came twice"
    return found


def value_of(cell: VertexCell) -> Any:
    return cell.properties.get("x")


@settings(max_examples=200, deadline=None)
@given(st.lists(VALUES, max_size=12), VALUES.filter(lambda value: value is not None))
def test_every_equal_value_is_found(values: list[Any], wanted: Any) -> None:
    index, cells = index_of(values)
    assert {cell.id for cell in cells if equals(value_of(cell), wanted)} <= set(ids(index.equal(wanted)))


@settings(max_examples=200, deadline=None)
@given(st.lists(VALUES, max_size=12), VALUES, VALUES, st.booleans())
def test_every_value_in_a_range_is_found_in_order(values: list[Any], low: Any, high: Any, is_down: bool) -> None:
    if low is None and high is None:
        return
    index, cells = index_of(values)
    wanted = {
        cell.id
        for cell in cells
        if (low is None or compare(value_of(cell), low) in (0, 1))
        and (high is None or compare(value_of(cell), high) in (-1, 0))
    }
    found = list(index.between(low, high, is_descending=is_down))
    assert wanted <= set(ids(found))
    assert None not in map(value_of, found)
    if low is not None and sort_key(low)[0] > 4 and type(low) is not temporal.Duration:
        keys = [sort_key(value_of(cell)) for cell in found]
        if all(sort_key(bound)[0] == keys[0][0] for bound in (low, high) if keys and bound is not None):
            assert keys == sorted(keys, reverse=is_down)


@settings(max_examples=200, deadline=None)
@given(st.lists(VALUES, max_size=12), st.sampled_from(["", "a", "ab", "\U0010ffff"]))
def test_exactly_the_texts_with_a_prefix_are_found(values: list[Any], prefix: str) -> None:
    index, cells = index_of(values)
    wanted = {cell.id for cell in cells if type(value_of(cell)) is str and value_of(cell).startswith(prefix)}
    assert set(ids(index.prefix(prefix))) == wanted


@settings(max_examples=200, deadline=None)
@given(st.lists(VALUES, max_size=14), st.booleans())
def test_the_order_is_that_of_order_by(values: list[Any], is_down: bool) -> None:
    index, cells = index_of(values)
    found = list(index.ordered(sort_key, is_descending=is_down))
    assert sorted(ids(found)) == sorted(cell.id for cell in cells)
    keys = [sort_key(value_of(cell)) for cell in found]
    assert keys == sorted(keys, reverse=is_down)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), VALUES, st.booleans()), max_size=30))
def test_after_any_changes_it_equals_a_rebuild(changes: list[tuple[int, Any, bool]]) -> None:
    index, cells = index_of([])
    cells = [VertexCell(f"v{number}") for number in range(5)]
    present: dict[VertexCell, None] = {}
    for number, value, stays in changes:
        cells[number].properties = {"x": value}
        if stays:
            index.put(cells[number])
            present[cells[number]] = None
        else:
            index.remove(cells[number])
            present.pop(cells[number], None)
    rebuilt = PropertyIndex(INFO)
    for cell in present:
        rebuilt.put(cell)
    assert index.picture() == rebuilt.picture()
    assert (index.entries, index.distinct) == (rebuilt.entries, rebuilt.distinct)


def test_counts() -> None:
    index, _ = index_of([1, 1.0, "a", True, None, [1], [1]])
    assert (index.entries, index.distinct) == (6, 5)


def test_the_same_moment_with_another_offset_is_found() -> None:
    moments = [temporal.Time(HOUR, 0), temporal.Time(2 * HOUR, 3_600), temporal.Time(HOUR, 3_600)]
    index, _ = index_of(moments)
    for wanted, found in ((moments[0], ["v0", "v1"]), (moments[1], ["v0", "v1"]), (moments[2], ["v2"])):
        assert sorted(ids(index.equal(wanted))) == found
    assert sorted(ids(index.between(moments[1], None))) == ["v0", "v1"]
    assert sorted(ids(index.between(None, moments[0]))) == ["v0", "v1", "v2"]
