"""The author's key of this user: one file per name, readable by nobody else."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from ...errors import StorageError
from .crypto import NativeKey
from .folders import file_name, make_folder


class KeyFiles:
    """The IdentityStore port. folder: holds ``<name>.pem`` (PKCS 8, mode 0600)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def load_or_create(self, name: str) -> NativeKey:
        """Return the key called `name`, made at the first call. Raises StorageBlocked, StorageError."""
        path = make_folder(self._folder) / f"{file_name(name)}.pem"
        try:
            if not path.exists():
                self._create(path)
            return self._load(path)
        except OSError as error:
            raise StorageError(f"The key file {path} can't be used: {error.strerror}.") from None

    def _load(self, path: Path) -> NativeKey:
        try:
            key = load_pem_private_key(path.read_bytes(), None)
        except (ValueError, TypeError):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise StorageError(
                f"The key file {path} holds no Ed25519 key. Restore it from a backup; "
                "if you delete it, you get a new identity and lose the right to change what the old one owns."
            )
        return NativeKey(key)

    def _create(self, path: Path) -> None:
        """Write a whole file aside, then give it its name: of two processes the first wins, and none sees a part."""
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        aside = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):  # another process was first
                _name_if_free(aside, path)
        finally:
            aside.unlink(missing_ok=True)


def _name_if_free(aside: Path, path: Path) -> None:
    """Give the file its name; FileExistsError when that is taken. (Windows has hard links on NTFS only.)"""
    try:
        os.link(aside, path)
    except FileExistsError:
        raise
    except OSError:
        if os.name != "nt":
            raise
        aside.rename(path)  # on Windows it never replaces
