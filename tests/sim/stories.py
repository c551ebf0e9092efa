"""What simulated people do."""

from __future__ import annotations

from graphvine.store.builder import TransactionBuilder
from graphvine.testing.shared_edits import NAMES, edit_shared
from graphvine.testing.simulated_peer import SimulatedPeer
from graphvine.testing.whole_peer import WholePeer
from graphvine.testing.world import World


def edit(world: World, peer: SimulatedPeer | WholePeer, names: int = 10) -> TransactionBuilder:
    """Return a random transaction of a peer over a few vertices and edges: plain writes, deletes, values that merge."""
    builder = TransactionBuilder()
    for _ in range(1 + world.rng.randrange(3)):
        id_ = f"v{world.rng.randrange(names)}"
        other = f"v{world.rng.randrange(names)}"
        dice = world.rng.randrange(16)
        if dice == 0:
            builder.delete_vertex(id_)
        elif dice < 3:
            builder.put_edge(f"{id_}-{other}", "KNOWS", id_, other, {"since": dice})
        elif dice == 3:  # a plain write over what others merge
            builder.put_vertex(id_, {NAMES[world.rng.randrange(len(NAMES))]: world.rng.randrange(10)})
        elif dice > 9:
            edit_shared(world.rng, peer.replica.state, builder, peer.element_ids, id_)
        else:
            builder.put_vertex(id_, {f"p{dice}": world.rng.randrange(1_000_000)}, ("Thing",) if dice % 2 else ())
    return builder


def write(world: World, peer: SimulatedPeer) -> None:
    """Let a peer write, and tell whom it is connected with."""
    world.local(peer, peer.write(edit(world, peer)))


def write_whole(world: World, peer: WholePeer) -> None:
    """Let a whole peer write."""
    peer.write(edit(world, peer))


def write_at_random(world: World, peers: list[SimulatedPeer], *, count: int, until: float) -> None:
    """Plan writes of random peers at random times."""
    for _ in range(count):
        peer = peers[world.rng.randrange(len(peers))]
        world.at(world.now + world.rng.random() * (until - world.now), lambda peer=peer: write(world, peer))


def people(world: World, count: int) -> list[SimulatedPeer]:
    """Return honest peers with skewed clocks, connected with nobody."""
    return [world.add(f"peer-{n}", skew_ms=world.rng.randrange(10_000) - 5_000) for n in range(count)]


def ring(world: World, peers: list[SimulatedPeer]) -> None:
    """Connect each with the next."""
    for left, right in zip(peers, [*peers[1:], peers[0]], strict=True):
        world.connect(left, right)
