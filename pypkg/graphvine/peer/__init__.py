"""One running peer: the composite machine, and the only event loop."""
