"""Find where a story takes place: the countries, subdivisions and places of an article."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import apache_beam as beam

from transforms.records import Article
from transforms.regions.gazetteer import Gazetteer
from transforms.regions.m49 import DEFAULT_REGION_SETTINGS, RegionSettings, subregion_slug
from transforms.regions.tagging import tag

__all__ = ["Gazetteer", "RegionSettings", "TagRegions", "subregion_slug", "tag"]


@functools.cache
def _load_gazetteer() -> Gazetteer:
    """Load the gazetteer once per process: threads, and runs that follow each other, share it."""
    return Gazetteer.load()


class _Tag(beam.DoFn):
    """Tag articles with a gazetteer that each worker loads once."""

    def __init__(self, settings: RegionSettings) -> None:
        self.settings = settings

    def setup(self) -> None:
        self._gazetteer = _load_gazetteer()

    def process(self, article: Article) -> Iterator[Article]:
        yield tag(article, self._gazetteer, self.settings)


@beam.typehints.with_input_types(Article)
@beam.typehints.with_output_types(Article)
class TagRegions(beam.PTransform):
    """Fill in country, region, countries, subdivisions and places of articles."""

    def __init__(self, settings: RegionSettings = DEFAULT_REGION_SETTINGS) -> None:
        super().__init__()
        self.settings = settings

    def expand(self, articles: beam.PCollection[Article]) -> beam.PCollection[Article]:
        """Return one tagged article for each article."""
        return articles | beam.ParDo(_Tag(self.settings)).with_input_types(Article).with_output_types(Article)
