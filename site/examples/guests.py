"""The same guests as in two-tabs.html, from Python: python guests.py ws://127.0.0.1:PORT/ Name"""

import asyncio
import sys

import graphvine


async def main(relay: str, name: str) -> None:
    """Write one guest, then print everybody, again and again."""
    async with graphvine.open("guests", relay=relay) as graph:
        await graph.put(name, {"name": name}, labels=["Guest"])
        async for rows in graph.live("MATCH (g:Guest) RETURN g.name AS name ORDER BY name"):
            print([row["name"] for row in rows], flush=True)


asyncio.run(main(*sys.argv[1:]))
