"""The author's key of this browser profile: a CryptoKey that can't be read, kept in IndexedDB for all tabs."""

from __future__ import annotations

from typing import Any

from ...errors import StorageBlocked, StorageError
from .database import Database
from .ffi import is_missing
from .webcrypto import BrowserKey, WebCrypto, browser_key

DATABASE = "graphvine-identity"


class BrowserIdentities:
    """The IdentityStore port. Two tabs that start together agree: the first to add a key wins, the other reads it."""

    def __init__(self, crypto: WebCrypto) -> None:
        self._crypto = crypto

    async def load_or_create(self, name: str) -> BrowserKey:
        """Return the key called `name`, made at the first call. Raises StorageError.

        Where the browser stores nothing it is a key for this once: only a graph in memory gets here then.
        """
        database = Database(DATABASE)
        try:
            await database.open()
            pair = await self._load(database, name)
            if pair is None:
                fresh = await self._crypto.generate_key()
                await self._add_if_absent(database, name, fresh.pair)
                pair = await self._load(database, name)
        except StorageBlocked:
            return await self._crypto.generate_key()
        finally:
            database.close()
        if pair is None:
            raise StorageError("The browser did not keep the key of this profile. Reload this page.")
        return await browser_key(pair)

    async def _load(self, database: Database, name: str) -> Any:
        requests: list[Any] = []
        await database.transact("readonly", lambda store, scope: requests.append(store.get(name)), "read your key")
        pair = requests[-1].result
        return None if is_missing(pair) else pair

    async def _add_if_absent(self, database: Database, name: str, pair: Any) -> None:
        """Readwrite transactions of one store run one after the other in all tabs: looking and adding is one step."""

        def look(store: Any, scope: Any) -> None:
            def add(event: Any) -> None:
                if event.target.result == 0:
                    store.add(pair, name)

            scope.listen(store.count(name), "success", add)

        await database.transact("readwrite", look, "save your key")
