"""The built wheel inside Pyodide, as other people's pages use it: installed by micropip, next to their own code."""

from __future__ import annotations

from typing import Any

from pytest_pyodide import run_in_pyodide


@run_in_pyodide(packages=["micropip"])
async def test_micropip_installs_the_wheel(selenium: Any) -> None:
    import importlib.metadata

    import micropip

    await micropip.install("graphvine")
    import msgspec

    import graphvine.errors

    assert importlib.metadata.version("graphvine")
    assert issubclass(graphvine.errors.GraphClosed, graphvine.errors.GraphvineError)
    assert msgspec.msgpack.decode(b"\xc0") is None


@run_in_pyodide(packages=["graphvine"])
def test_every_module_that_a_tab_may_use_imports(selenium: Any) -> None:
    import importlib
    import pkgutil

    import graphvine

    native = ("graphvine.platform.native", "graphvine.cli", "graphvine.__main__")
    names = [
        found.name for found in pkgutil.walk_packages(graphvine.__path__, "graphvine.") if found.name not in native
    ]
    names = [name for name in names if not name.startswith(native)]
    assert len(names) > 20
    for name in names:
        importlib.import_module(name)


@run_in_pyodide(packages=["graphvine"])
def test_deeply_nested_input_is_refused_and_python_lives_on(selenium: Any) -> None:
    import msgspec

    class Closed(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
        values: list[int]

    refused = 0
    for depth in (100, 8_000, 100_000):
        try:
            msgspec.msgpack.decode(b"\x91" * depth, type=Closed)
        except msgspec.DecodeError:
            refused += 1
    assert refused == 3
