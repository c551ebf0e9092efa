"""``python -m graphvine``."""

import sys

from graphvine.cli import main

sys.exit(main())
