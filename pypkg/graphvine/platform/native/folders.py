"""Where this user's graphs, keys and locks lie, by the rules of each operating system."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from ...errors import StorageBlocked


def data_folder(
    platform: str = sys.platform, environment: Mapping[str, str] = os.environ, home: Path | None = None
) -> Path:
    """Return the folder for our data; it may not exist yet.

    ``$GRAPHVINE_HOME`` where that is set; else %APPDATA% on Windows, ~/Library/Application Support on macOS,
    $XDG_DATA_HOME or ~/.local/share elsewhere, each with ``graphvine`` below.
    """
    own = environment.get("GRAPHVINE_HOME")
    if own:
        return Path(own)
    home = home or Path.home()
    if platform == "win32":
        base = Path(environment.get("APPDATA") or home / "AppData" / "Roaming")
    elif platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        given = Path(environment.get("XDG_DATA_HOME") or "")
        base = given if given.is_absolute() else home / ".local" / "share"
    return base / "graphvine"


def make_folder(folder: Path) -> Path:
    """Make `folder`, for this user's eyes only, and return it. Raises StorageBlocked."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageBlocked(
            f"The folder {folder} can't be made ({error.strerror}). "
            "Set GRAPHVINE_HOME to a folder that you may write, or give storage= a path."
        ) from None
    return folder


def file_name(name: str) -> str:
    """Return a file name that stands for `name` alone, on every file system: the rest is percent-encoded."""
    return "".join(f"%{ord(char):02X}" if char in "._~" or char.isupper() else char for char in quote(name, safe=""))
