"""Where data goes, on every operating system."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphvine.platform.native.folders import data_folder, file_name

HOME = Path("/home/alice")


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {}, "/home/alice/.local/share/graphvine"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/graphvine"),
        ("linux", {"XDG_DATA_HOME": "relative"}, "/home/alice/.local/share/graphvine"),
        ("freebsd14", {"APPDATA": "/wrong"}, "/home/alice/.local/share/graphvine"),
        ("darwin", {"XDG_DATA_HOME": "/data"}, "/home/alice/Library/Application Support/graphvine"),
        ("win32", {"APPDATA": "/users/alice/roaming"}, "/users/alice/roaming/graphvine"),
        ("win32", {}, "/home/alice/AppData/Roaming/graphvine"),
        ("linux", {"GRAPHVINE_HOME": "/srv/gv", "XDG_DATA_HOME": "/data"}, "/srv/gv"),
    ],
)
def test_data_folder(platform: str, environment: dict[str, str], folder: str) -> None:
    assert data_folder(platform, environment, HOME) == Path(folder)


def test_file_names_are_plain_and_differ() -> None:
    names = ["default", "Default", "a/b", "a\\b", "a b", "..", ".", "aux", "\u00fc", "%41", "a%2Fb", "~"]
    files = [file_name(name) for name in names]
    assert len({name.lower() for name in files}) == len(names), "distinct also where case does not count"
    for name in files:
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEF0123456789%-"), name
