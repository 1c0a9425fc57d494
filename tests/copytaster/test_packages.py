"""The public names are there, and another package that hides ours is named in one line."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import copytaster
from copytaster.packages import HOME


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a folder, which python -m puts first on the path."""
    return subprocess.run(
        [sys.executable, "-m", "copytaster", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{HOME}"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_public_name_can_be_imported() -> None:
    for name in dir(copytaster):
        assert getattr(copytaster, name) is not None


def test_type_checkers_see_the_names_that_can_be_imported() -> None:
    tree = ast.parse(Path(copytaster.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    declared = {
        alias.asname for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert declared == set(dir(copytaster))


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = copytaster.Nonsense


def test_the_module_is_the_command(tmp_path: Path) -> None:
    done = command(tmp_path, "--version")
    assert (done.returncode, done.stdout) == (0, f"copytaster {copytaster.__version__}\n")


@pytest.mark.parametrize(
    "name", ["pipeline.py", "transforms.py", "transforms/__init__.py", "pipeline/data.txt"]
)
def test_another_package_of_that_name_is_named_in_one_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("")
    done = command(tmp_path, "--version")
    if name.endswith(".txt"):  # A folder without modules hides nothing: regular packages come first.
        assert done.returncode == 0
        return
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"copytaster: {path} hides the package")
    assert line.endswith("run copytaster from another folder")
