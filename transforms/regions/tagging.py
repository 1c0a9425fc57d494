"""Tags one article, given a gazetteer: recognise, resolve, weigh."""

from __future__ import annotations

import dataclasses

from transforms.records import Article
from transforms.regions.focus import WORD_WEIGHT, focus, weight_of, words_of
from transforms.regions.gazetteer import PUBLIC_LIFE, Gazetteer, GazetteerPlace
from transforms.regions.layout import Text, lay_out
from transforms.regions.m49 import BY_THE_BOOK, RegionSettings, country_of_domain
from transforms.regions.recognise import recognise
from transforms.regions.resolve import Resolved, ScoreBreakdown, resolve, weighed


def tag(article: Article, gazetteer: Gazetteer, settings: RegionSettings = BY_THE_BOOK) -> Article:
    """The article with country, region, countries, subdivisions and places filled in.

    It depends on nothing but its arguments; a text without places gives region `unknown`.
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
    """A name in a text, what it was taken to mean, and what else it might have meant."""

    start: int
    end: int
    segment: str
    trust: float
    """How likely it is a place's name at all, 0 to 1."""
    weight: float
    """What it adds to its country: a word of its public life only where the country is named, and once."""
    meanings: tuple[tuple[GazetteerPlace, ScoreBreakdown], ...]
    """What was chosen first, then the others with what spoke for them."""


def explain(article: Article, gazetteer: Gazetteer) -> tuple[str, list[Marked]]:
    """The text that was searched, and its names in order."""
    text, resolved = _read(article, gazetteer)
    home = article.publisher_country or country_of_domain(article.publisher_domain)
    words = words_of(resolved)
    countries = {item.spot.country for item in resolved if item.link.role not in PUBLIC_LIFE}
    marked = []
    for item, links in zip(resolved, weighed(text, resolved, home, gazetteer.spoken_in), strict=True):
        chosen = sorted(links, key=lambda pair: pair[0] != item.link)
        mention = item.mention
        if item.link.role in PUBLIC_LIFE:
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
