"""Everything that a graph needs from CPython on a server or a desktop."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from ...errors import InvalidValue
from ...ports import Platform, StorageBackend, Transport
from ..memory import MemoryStorage
from .clock import NativeClock, NativeEntropy, make_rng
from .crypto import NativeCrypto
from .folders import data_folder, file_name
from .identities import KeyFiles
from .locks import FileLocks
from .network import NativeNetwork
from .sqlite_storage import SqliteStorage
from .websocket import NativeSockets
from .zones import NativeZones


def native_platform(space: str, *, folder: Path | None = None) -> Platform:
    """Return the ports for a graph of `space` in this process.

    folder: for keys and locks, in place of `data_folder()`. WebRTC is there when aiortc is installed.
    """
    root = folder or data_folder()
    entropy = NativeEntropy()
    transports: list[Transport] = []
    if find_spec("aiortc") is not None:
        from .webrtc import NativeWebRtc

        transports.append(NativeWebRtc())
    return Platform(
        name="native",
        clock=NativeClock(),
        rng=make_rng(entropy),
        entropy=entropy,
        crypto=NativeCrypto(),
        identities=KeyFiles(root / "identities"),
        locks=FileLocks(root / "locks"),
        sockets=NativeSockets(),
        network=NativeNetwork(),
        zones=NativeZones(),
        transports=transports,
    )


async def open_storage(space_id: str, option: str | None, *, folder: Path | None = None) -> StorageBackend:
    """Return the storage of a space. option: None for the user's data folder, ``:memory:``, or the path of a file.

    Raises InvalidValue, StorageBlocked, StorageFull, StorageError.
    """
    if option is None:
        return await SqliteStorage.open((folder or data_folder()) / "spaces" / f"{file_name(space_id)}.sqlite")
    if option == ":memory:":
        return MemoryStorage()
    if "\0" in option:
        raise InvalidValue("The path of a file can't hold a zero character.")
    return await SqliteStorage.open(option)
