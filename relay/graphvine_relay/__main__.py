"""``python -m graphvine_relay``: the same as ``graphvine relay``."""

from .server import main

raise SystemExit(main())
