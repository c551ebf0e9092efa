"""The set of live transactions: in memory, on disk, and as one graph."""
