"""The gazetteer, loaded once for all tests of the regions step."""

from __future__ import annotations

import pytest

from transforms.regions import Gazetteer


@pytest.fixture(scope="session")
def gazetteer() -> Gazetteer:
    return Gazetteer.load()
