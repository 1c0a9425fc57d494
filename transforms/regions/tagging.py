"""Tags one article, given a gazetteer: recognise, resolve, weigh."""

from __future__ import annotations

import dataclasses

from transforms.records import Article
from transforms.regions.focus import focus
from transforms.regions.gazetteer import Gazetteer
from transforms.regions.layout import lay_out
from transforms.regions.recognise import recognise
from transforms.regions.resolve import resolve


def tag(article: Article, gazetteer: Gazetteer) -> Article:
    """The article with country, region, countries, subdivisions and places filled in.

    It depends on nothing but its arguments; a text without places gives region `unknown`.
    """
    text = lay_out(article.title, article.dateline or "", article.text, article.language)
    mentions = recognise(text, gazetteer)
    found = focus(resolve(text, mentions, article.publisher_country, gazetteer.spoken_in))
    return dataclasses.replace(
        article,
        country=found.country,
        region=found.region,
        countries=found.countries,
        subdivisions=found.subdivisions,
        places=found.places,
    )
