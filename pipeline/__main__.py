"""The command, as python -m pipeline. Prefer python -m copytaster."""

import sys

from pipeline.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
