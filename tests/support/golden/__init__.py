"""Golden pages: layouts with furniture of many kinds, around articles of the sample newsroom.

Each layout is a template: $first, $second and $rest are the article's paragraphs. The expected
text is known to the word, since the articles are our own.
"""

from __future__ import annotations

import dataclasses
import html
import json
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any

from pipeline.demo.content import Outlet, SampleItem, load_outlets
from pipeline.demo.render import paragraphs

HERE = Path(__file__).parent
# One outlet per language and form of text: with a dateline, with quotations, with short paragraphs.
OUTLETS = ("northern-ledger", "spreeblatt", "le-quai", "el-mirador", "minato")
# Lines that a layout adds to the article: above the first paragraph, after it, after the second.
OWN = {
    "divs": (["What the council decided on Tuesday, and what it costs those who live here."], [], []),
    "facts": (
        [],
        [
            "- The first crossing of the day leaves at a quarter to six.",
            "- Bicycles travel free of charge until the end of the month.",
        ],
        ["What comes next"],
    ),
}


@dataclasses.dataclass(frozen=True)
class Golden:
    """A page and what has to be found on it."""

    name: str
    language: str
    title: str
    author: str
    published: str
    page: bytes
    body: str


def golden_pages() -> Iterator[Golden]:
    """Every layout around an article of every chosen outlet."""
    outlets = {outlet.slug: outlet for outlet in load_outlets()}
    for path in sorted(HERE.glob("*.html")):
        for slug in OUTLETS:
            outlet = outlets[slug]
            item = next(one for one in outlet.items if one.serves == "article" and one.author)
            lines = [line for line in paragraphs(item.text) if not line.startswith("!! ")]
            above, behind_first, behind_second = OWN.get(path.stem, ([], [], []))
            first, second, *rest = lines
            yield Golden(
                name=f"{path.stem}-{slug}",
                language=outlet.language,
                title=item.title,
                author=item.author,
                published=item.published.isoformat(),
                page=_filled(path, outlet, item, lines).encode(),
                body="\n\n".join([*above, first, *behind_first, second, *behind_second, *rest]),
            )


def _filled(path: Path, outlet: Outlet, item: SampleItem, lines: list[str]) -> str:
    first, second, *rest = map(html.escape, lines)
    return Template(path.read_text(encoding="utf-8")).substitute(
        language=outlet.language,
        title=html.escape(item.title),
        author=html.escape(item.author),
        published=item.published.isoformat(),
        first=first,
        second=second,
        rest="\n".join(f"<p>{line}</p>" for line in rest),
        rest_divs="\n".join(f'<div class="c-text"><div>{line}</div></div>' for line in rest),
        rest_breaks="\n".join(f"{line}<br><br>" for line in rest),
        rest_widgets="\n".join(
            f'<div class="article-widget article-widget-text"><p>{line}</p></div>' for line in rest
        ),
        json_title=json.dumps(item.title),
        json_author=json.dumps(item.author),
        json_text=json.dumps("\n".join(lines)),
    )


def as_articles() -> list[dict[str, Any]]:
    """The golden pages in the form of a labelled set."""
    return [
        {
            "id": one.name,
            "title": one.title,
            "published": one.published,
            "authors": [one.author],
            "body": one.body,
            "page": one.page,
        }
        for one in golden_pages()
    ]
