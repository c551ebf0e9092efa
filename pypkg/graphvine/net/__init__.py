"""Links between peers: signaling, frames, handshake, liveness; and our side of a relay. Pure machines."""
