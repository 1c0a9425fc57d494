"""Why two articles were joined, or not: their texts side by side, with the deciding features."""

from __future__ import annotations

import dataclasses
import html
import itertools
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from pipeline.config import CopySettings
from pipeline.dataset.layout import Dataset
from pipeline.dataset.rows import Row, signature_of
from pipeline.inspect.query import find_article
from transforms.copies.candidates import MIN_SHARED
from transforms.copies.diff import Change, Passage, Span, figures_of, passages
from transforms.copies.scoring import MAX_START, MAX_SUBSTITUTED, MIN_COPY_PROBABILITY, PairFeatures
from transforms.copies.signature import Signature
from transforms.records import UPDATE

COLUMNS = (
    *("article_id", "story_id", "url", "title", "publisher", "publisher_domain", "agency", "dateline"),
    *("published_at", "fetched_at", "text", "word_count", "run_id"),
)
SIGNS = {
    Change.SAME: "=",
    Change.REWORDED: "~",
    Change.CUT: "<",
    Change.ADDED: ">",
    Change.MOVED: "^",
}
LEGEND = "= the same   ~ reworded   < only on the left   > only on the right   ^ told elsewhere"
HORIZON_DAYS = CopySettings().horizon_days
"""The default; a dataset does not record its runs' horizon."""


@dataclasses.dataclass(frozen=True, slots=True)
class Explanation:
    """The comparison of two articles of a dataset."""

    one: Row
    other: Row
    passages: tuple[Passage, ...]
    figures: dict[str, float] | None
    """The fields of scoring.PairFeatures, with `probability`; None if they share nothing."""
    shared_shingles: int
    joined: bool
    reasons: tuple[str, ...]


def explain(dataset: Dataset, one: str, other: str) -> Explanation:
    """Compare two articles, named by id or URL, as GroupCopies does.

    Raises ConfigError if the dataset lacks such an article or its text, and DatasetError if a file
    cannot be read.
    """
    here, there = (find_article(dataset, name, COLUMNS)[1] for name in (one, other))
    signatures = signature_of(here), signature_of(there)
    figures = figures_of(*signatures)
    shared = len(np.intersect1d(signatures[0].shingles, signatures[1].shingles))
    told = dataclasses.asdict(figures) | {"probability": figures.probability()} if figures else None
    joined = here["story_id"] == there["story_id"]
    return Explanation(
        here,
        there,
        tuple(passages(here["text"], there["text"])),
        told,
        shared,
        joined,
        tuple(_reasons(here, there, figures, shared, signatures)),
    )


def _reasons(
    one: Row, other: Row, figures: PairFeatures | None, shared: int, signatures: tuple[Signature, Signature]
) -> Iterator[str]:
    if one["story_id"] == other["story_id"]:
        yield from _why_joined(one, other)
    if signatures[0].text_key is not None and signatures[0].text_key == signatures[1].text_key:
        yield "Their texts are equal."
    elif figures is None:
        yield "They share next to no run of three content words."
    elif figures.embedded:
        yield (
            f"What they share begins {figures.starts:.0%} into the longer text (at most {MAX_START:.0%}"
            " in a copy that is so much shorter): a passage that another article took over."
        )
    elif figures.one_passage:
        yield (
            f"What they share stands together in both, within {figures.extent:.0%} of the text at most: a"
            " statement, a background or a quoted item, not one report."
        )
    elif figures.of_a_template:
        yield (
            f"Of names and numbers in passages that they share {figures.substituted:.0%} are replaced by "
            f"others (at most {MAX_SUBSTITUTED:.0%} in a copy): two articles of one template."
        )
    elif figures.probability() < MIN_COPY_PROBABILITY:
        yield (
            f"The probability is below {MIN_COPY_PROBABILITY}: {figures.contiguous:.0%} of the shorter text "
            f"is in runs of words that the longer has, {figures.in_order:.0%} in the same order."
        )
    if one["story_id"] == other["story_id"]:
        return
    if shared < MIN_SHARED:
        yield f"They share {shared} sampled shingles, too few to have been compared at all."
    if figures is not None and figures.probability() >= MIN_COPY_PROBABILITY:
        yield from _why_apart(one, other)


def _why_joined(one: Row, other: Row) -> Iterator[str]:
    for row in (one, other):
        if row.get("match") == UPDATE:
            yield f"{row['article_id']} is a later version of an article of story {row['story_id']}."
        elif row.get("match"):
            yield (
                f"{row['article_id']} was filed as a copy of story {row['story_id']}: {row['match']}, "
                f"similarity {row['similarity']:.2f} to the text of the story that accounts for most of it."
            )
        else:
            yield f"{row['article_id']} is the row of the story."


def _why_apart(one: Row, other: Row) -> Iterator[str]:
    days = abs((one["fetched_at"] - other["fetched_at"]).total_seconds()) / 86_400
    if days > HORIZON_DAYS:
        yield (
            f"They are alike, but were filed {days:.0f} days apart; copies are looked for within "
            f"copies.horizon_days, {HORIZON_DAYS} by default."
        )
        return
    yield (
        "They are alike, but not joined: one merges several stories, is nearer to another story, or both "
        "were filed as stories before the text that joins them came."
    )


# --- in the terminal ----------------------------------------------------------------------------------------


def as_text(found: Explanation, width: int, *, colour: bool) -> str:
    """Format the explanation for a terminal with this many columns."""
    column = max(20, (width - 5) // 2)
    lines = [*_head(found), "", LEGEND, ""]
    for passage in found.passages:
        if passage.paragraph:
            lines.append("")
        lines += _side_by_side(passage, column, colour=colour)
    return "\n".join(lines)


def _head(found: Explanation) -> Iterator[str]:
    yield "joined: copies of one story" if found.joined else "not joined: two stories"
    yield from (f"  {line}" for reason in found.reasons for line in textwrap.wrap(reason, 100))
    if found.figures:
        names = ", ".join(f"{name} {value:.2f}" for name, value in found.figures.items())
        yield f"  figures: {names}; {found.shared_shingles} sampled shingles shared"
    for side, row in (("left ", found.one), ("right", found.other)):
        credit = ", ".join(filter(None, (row["publisher"], row["agency"], row["dateline"])))
        when = f"{row['published_at'] or row['fetched_at']:%Y-%m-%d %H:%M}"
        yield f"  {side} {row['title'] or '(no title)'} ({credit}; {when}; {row['word_count']:,} words)"
        yield f"        {row['url']}"


def _side_by_side(passage: Passage, column: int, *, colour: bool) -> Iterator[str]:
    sign = SIGNS[passage.change]
    marked = colour and passage.change is not Change.SAME
    sides = itertools.zip_longest(
        _wrapped(passage.one, column, marked), _wrapped(passage.other, column, marked), fillvalue=("", 0)
    )
    for number, ((left, used), (right, _)) in enumerate(sides):
        yield f"{left}{' ' * (column - used)} {sign if number == 0 else ' '} {right}".rstrip()


def _wrapped(spans: Sequence[Span], column: int, marked: bool) -> list[tuple[str, int]]:
    """Wrap words into lines of at most `columns` columns, each with its width; unshared words are bold."""
    lines: list[tuple[str, int]] = []
    line, used = "", 0
    for word, shared in _words(spans):
        breaks = used and used + _columns(word) > column
        if breaks:
            lines.append((line, used))
            line, used = "", 0
        shown = word.lstrip() if breaks else word
        line += f"\x1b[1m{shown}\x1b[0m" if marked and not shared else shown
        used += _columns(shown)
    return [*lines, (line, used)] if line else lines


def _words(spans: Iterable[Span]) -> Iterator[tuple[str, bool]]:
    """Split into words with the space before them; in wide scripts each character is a word."""
    for span in spans:
        word = ""
        for letter in span.text:
            if word and (letter == " " or _columns(letter) == 2 or _columns(word[-1]) == 2):
                yield word, span.shared
                word = ""
            word += letter
        if word:
            yield word, span.shared


def _columns(text: str) -> int:
    """Return the terminal columns of a text."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)


# --- as a page ----------------------------------------------------------------------------------------------

_STYLE = """
body { font: 16px/1.5 Georgia, serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #222 }
h1 { font-size: 1.3rem } dl, p.reason { font-family: system-ui, sans-serif; font-size: .9rem }
table { border-collapse: collapse; table-layout: fixed; width: 100% }
td, th { padding: .15rem .6rem; vertical-align: top; text-align: left; overflow-wrap: anywhere }
tr.paragraph td { padding-top: .9rem } td.sign { width: 1.5rem; text-align: center; color: #888 }
col.sign { width: 2.5rem } tr.cut td, tr.added td { background: #f6f2ea } tr.moved td { background: #eef }
mark { background: #dfeedd } tr.same mark { background: none }
"""


def as_html(found: Explanation) -> str:
    """Format the explanation as a self-contained page without scripts."""
    title = "Joined: copies of one story" if found.joined else "Not joined: two stories"
    reasons = "".join(f"<p class=reason>{html.escape(reason)}</p>" for reason in found.reasons)
    figures = found.figures or {}
    named = "".join(f"<dt>{name}</dt><dd>{value:.3f}</dd>" for name, value in figures.items())
    heads = "".join(_html_head(row) for row in (found.one, found.other))
    heads = heads.replace("</th>", "</th><th></th>", 1)
    rows = "".join(_html_row(passage) for passage in found.passages)
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{_STYLE}</style>"
        f"<h1>{title}</h1>{reasons}<p class=reason>{html.escape(LEGEND)}</p>"
        f"<table><col><col class=sign><col><tr>{heads}</tr>{rows}</table><dl>{named}</dl></html>\n"
    )


def _html_head(row: Row) -> str:
    credit = ", ".join(filter(None, (row["publisher"], row["agency"], row["dateline"])))
    title, url = html.escape(row["title"] or "(no title)"), html.escape(row["url"])
    return f"<th>{title}<br><small>{html.escape(credit)}<br>{url}</small></th>"


def _html_row(passage: Passage) -> str:
    kind = f"{passage.change}{' paragraph' if passage.paragraph else ''}"
    one, other = (
        "".join(
            f"<mark>{html.escape(span.text)}</mark>" if span.shared else html.escape(span.text)
            for span in side
        )
        for side in (passage.one, passage.other)
    )
    sign = html.escape(SIGNS[passage.change])
    return f'<tr class="{kind}"><td>{one}</td><td class=sign>{sign}</td><td>{other}</td></tr>'


def as_json(found: Explanation) -> dict[str, Any]:
    """Return the explanation as plain values."""
    rows = {
        name: {
            key: str(value) if key.endswith("_at") else value for key, value in row.items() if key != "text"
        }
        for name, row in (("one", found.one), ("other", found.other))
    }
    return dataclasses.asdict(found) | rows
