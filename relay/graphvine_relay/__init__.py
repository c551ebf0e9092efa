"""Graphvine's signaling relay: introduces peers of a room to each other, and carries nothing else."""
