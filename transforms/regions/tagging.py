"""Tag one article, given a gazetteer: recognise, resolve, weigh."""

from __future__ import annotations

import dataclasses

from transforms.records import Article
from transforms.regions.focus import WORD_WEIGHT, focus, weight_of, words_of
from transforms.regions.gazetteer import Gazetteer, GazetteerPlace
from transforms.regions.layout import Text, lay_out
from transforms.regions.m49 import BY_THE_BOOK, RegionSettings, country_of_domain
from transforms.regions.recognise import recognise
from transforms.regions.resolve import Resolved, ScoreBreakdown, resolve, weighed


def tag(article: Article, gazetteer: Gazetteer, settings: RegionSettings = BY_THE_BOOK) -> Article:
    """Fill in country, region, countries, subdivisions and places of an article.

    The result depends only on the arguments. A text without places gives region `unknown`.
    """
    found = focus(_read(article, gazetteer)[1], settings)
    return dataclasses.replace(
        article,
        country=found.country,
        region=found.region,
        countries=found.countries,
        subdivisions=found.subdivisions,
        places=found.places,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Marked:
    """A name in a text, its meaning, and its other possible meanings."""

    start: int
    end: int
    segment: str
    trust: float
    """Likelihood that it is a place name at all, 0 to 1."""
    weight: float
    """Weight that it adds to its country; for a word of public life only if the country is named, and
    once."""
    meanings: tuple[tuple[GazetteerPlace, ScoreBreakdown], ...]
    """The chosen meaning first, then the others, each with its score."""


def explain(article: Article, gazetteer: Gazetteer) -> tuple[str, list[Marked]]:
    """Return the text that was searched, and its names in order."""
    text, resolved = _read(article, gazetteer)
    home = article.publisher_country or country_of_domain(article.publisher_domain)
    words = words_of(resolved)
    countries = {item.spot.country for item in resolved if item.link.role not in "vw"}
    marked = []
    for item, links in zip(resolved, weighed(text, resolved, home, gazetteer.spoken_in), strict=True):
        chosen = sorted(links, key=lambda pair: pair[0] != item.link)
        mention = item.mention
        if item.link.role in "vw":
            times = words.pop((mention.surface.lower(), item.spot.country), 0)
            weight = times * WORD_WEIGHT if item.spot.country in countries else 0.0
        else:
            weight = weight_of(item)
        meanings = tuple((link.spot, points) for link, points in chosen)
        marked.append(Marked(mention.start, mention.end, mention.segment, mention.trust, weight, meanings))
    return text.plain, marked


def _read(article: Article, gazetteer: Gazetteer) -> tuple[Text, list[Resolved]]:
    text = lay_out(article.title, article.dateline or "", article.text, article.language)
    home = article.publisher_country or country_of_domain(article.publisher_domain)
    return text, resolve(text, recognise(text, gazetteer), home, gazetteer.spoken_in)
