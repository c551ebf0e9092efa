"""Anti-entropy: pairs of peers exchange what the other lacks until both hold the same set of live operations."""
