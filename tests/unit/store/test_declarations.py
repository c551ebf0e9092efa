from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphvine.errors import StorageDamaged
from graphvine.model.index import IndexInfo
from graphvine.store.declarations import declaration_key, pack_declaration, unpack_declaration
from graphvine.store.pages import FORMAT

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(st.builds(IndexInfo, NAMES, NAMES, NAMES, st.sampled_from(["vertex", "edge"])))
def test_what_is_packed_comes_back(info: IndexInfo) -> None:
    assert unpack_declaration(declaration_key(info.name), pack_declaration(info)) == info


@given(st.binary(max_size=60))
def test_any_bytes_are_a_declaration_or_damage(value: bytes) -> None:
    try:
        unpack_declaration(b"i/x", value)
    except StorageDamaged:
        pass


@pytest.mark.parametrize(
    "info",
    [
        IndexInfo("other", "L", "x"),
        IndexInfo("name", "", "x"),
        IndexInfo("name", "L" * 300, "x"),
        IndexInfo("name", "L", "x", "other"),
    ],
)
def test_parts_out_of_range_are_damage(info: IndexInfo) -> None:
    with pytest.raises(StorageDamaged):
        unpack_declaration(declaration_key("name"), pack_declaration(info))


def test_a_flipped_bit_is_damage_also_in_the_version() -> None:
    info = IndexInfo("name", "L", "x")
    value = bytearray(pack_declaration(info))
    value[-1] ^= 1
    with pytest.raises(StorageDamaged):
        unpack_declaration(declaration_key("name"), bytes(value))
    with pytest.raises(StorageDamaged):
        unpack_declaration(declaration_key("name"), bytes([FORMAT + 1]) + pack_declaration(info)[1:])
