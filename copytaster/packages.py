"""Check that `pipeline` and `transforms` are ours, and not another package that comes first on the path."""

from __future__ import annotations

import importlib.util
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
"""The folder that holds our packages, in a checkout and in an installation."""
NAMES = ("pipeline", "transforms")


class HiddenPackageError(ImportError):
    """Another package or module has the name of one of ours and is found first."""


def require_own_packages() -> None:
    """Raise HiddenPackageError if another `pipeline` or `transforms` would be imported."""
    for name in NAMES:
        spec = importlib.util.find_spec(name)
        origin = Path(spec.origin).resolve() if spec and spec.origin else None
        if origin != HOME / name / "__init__.py":
            places = list(spec.submodule_search_locations or ()) if spec else []
            hiding = origin or (places[0] if places else "nothing")
            raise HiddenPackageError(
                f"{hiding} hides the package {name!r} of copytaster, expected {HOME / name}; "
                "rename it, or run copytaster from another folder"
            )
