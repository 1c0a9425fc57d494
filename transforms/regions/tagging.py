"""Tag one article: recognise names, resolve them, and weigh the places."""

from __future__ import annotations

import dataclasses

from transforms.records import Article
from transforms.regions.focus import PUBLIC_LIFE_WEIGHT, focus, public_life_words, weight_of
from transforms.regions.gazetteer import PUBLIC_LIFE, Gazetteer, GazetteerPlace
from transforms.regions.layout import ArticleLayout, lay_out
from transforms.regions.m49 import DEFAULT_REGION_SETTINGS, RegionSettings, country_of_domain
from transforms.regions.recognise import recognise
from transforms.regions.resolve import ResolvedMention, ScoreBreakdown, resolve, score_meanings


def tag(
    article: Article, gazetteer: Gazetteer, settings: RegionSettings = DEFAULT_REGION_SETTINGS
) -> Article:
    """Return the article with country, region, countries, subdivisions and places filled in.

    The result depends only on the arguments. A text without places gets the region `unknown`.
    """
    story = focus(_resolve_names(article, gazetteer)[1], settings)
    return dataclasses.replace(
        article,
        country=story.country,
        region=story.region,
        countries=story.countries,
        subdivisions=story.subdivisions,
        places=story.places,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class ExplainedMention:
    """A name in a text, with its chosen meaning and the other possible ones."""

    start: int
    end: int
    segment: str
    trust: float
    """Likelihood that the name is a place's name at all, 0 to 1."""
    weight: float
    """The weight that the name adds to its country.

    A word of a country's public life counts once, and only if the text names the country.
    """
    meanings: tuple[tuple[GazetteerPlace, ScoreBreakdown], ...]
    """The chosen place first, then the others; each with its score."""


def explain(article: Article, gazetteer: Gazetteer) -> tuple[str, list[ExplainedMention]]:
    """Return the text that was searched, and the names in it in order."""
    layout, resolved = _resolve_names(article, gazetteer)
    scored = score_meanings(layout, resolved, _home_of(article), gazetteer.spoken_in)
    words = public_life_words(resolved)
    named_countries = {name.place.country for name in resolved if name.link.role not in PUBLIC_LIFE}
    explained = []
    for name, meanings in zip(resolved, scored, strict=True):
        chosen_first = sorted(meanings, key=lambda meaning: meaning[0] != name.link)
        mention = name.mention
        if name.link.role in PUBLIC_LIFE:
            count = words.pop((mention.surface.lower(), name.place.country), 0)
            weight = count * PUBLIC_LIFE_WEIGHT if name.place.country in named_countries else 0.0
        else:
            weight = weight_of(name)
        places = tuple((link.place, score) for link, score in chosen_first)
        explained.append(
            ExplainedMention(mention.start, mention.end, mention.segment, mention.trust, weight, places)
        )
    return layout.plain, explained


def _resolve_names(article: Article, gazetteer: Gazetteer) -> tuple[ArticleLayout, list[ResolvedMention]]:
    layout = lay_out(article.title, article.dateline or "", article.text, article.language)
    mentions = recognise(layout, gazetteer)
    return layout, resolve(layout, mentions, _home_of(article), gazetteer.spoken_in)


def _home_of(article: Article) -> str | None:
    """Return the publisher's country, as configured or from its domain."""
    return article.publisher_country or country_of_domain(article.publisher_domain)
