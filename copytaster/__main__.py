"""The command `copytaster`, also as `python -m copytaster`."""

from __future__ import annotations

import sys

from copytaster.packages import HiddenPackageError, require_own_packages

EXIT_USAGE = 2


def main() -> int:
    """Run the command and return its exit status."""
    try:
        require_own_packages()
    except HiddenPackageError as error:
        sys.stderr.write(f"copytaster: {error}\n")
        return EXIT_USAGE
    from pipeline.cli.main import main as command  # noqa: PLC0415  Not before we know that it is ours.

    return command()


if __name__ == "__main__":
    sys.exit(main())
