"""Signed and verified. No keys and no algorithms in here: those come through the `Crypto` port."""
