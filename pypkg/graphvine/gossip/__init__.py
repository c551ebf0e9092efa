"""Gossip: new transactions to those who have not seen them, at once. A hint: anti-entropy brings what it misses."""
