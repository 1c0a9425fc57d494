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

from pipeline.dataset.layout import Dataset
from pipeline.dataset.rows import Row, signature_of
from pipeline.defaults import HORIZON_DAYS
from pipeline.inspect.query import find_article
from transforms.copies.candidates import MIN_SHARED
from transforms.copies.diff import Change, Passage, Span, features_of, passages
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
LEGEND = "= the same   ~ reworded   < only on the left   > only on the right   ^ moved"


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


def explain(dataset: Dataset, left_name: str, right_name: str) -> Explanation:
    """Compare two articles, named by id or URL, as GroupCopies does.

    Raises ConfigError if the dataset lacks such an article or its text, and DatasetError if a file
    cannot be read.
    """
    left, right = (find_article(dataset, name, COLUMNS)[1] for name in (left_name, right_name))
    signatures = signature_of(left), signature_of(right)
    figures = features_of(*signatures)
    shared = len(np.intersect1d(signatures[0].shingles, signatures[1].shingles))
    return Explanation(
        one=left,
        other=right,
        passages=tuple(passages(left["text"], right["text"])),
        figures=dataclasses.asdict(figures) | {"probability": figures.probability()} if figures else None,
        shared_shingles=shared,
        joined=left["story_id"] == right["story_id"],
        reasons=tuple(_reasons(left, right, figures, shared, signatures)),
    )


def _reasons(
    left: Row, right: Row, figures: PairFeatures | None, shared: int, signatures: tuple[Signature, Signature]
) -> Iterator[str]:
    joined = left["story_id"] == right["story_id"]
    if joined:
        yield from _why_joined(left, right)
    if signatures[0].text_key is not None and signatures[0].text_key == signatures[1].text_key:
        yield "Their texts are equal."
    elif figures is None:
        yield "They share almost no run of three content words."
    elif figures.embedded:
        yield (
            f"The shared text begins {figures.starts:.0%} into the longer article (at most {MAX_START:.0%}"
            " in a copy that is this much shorter). One article took over a passage of the other."
        )
    elif figures.one_passage:
        yield (
            f"The shared text is one block in both articles, within at most {figures.extent:.0%} of each:"
            " a statement, background or a quoted item, but not the same report."
        )
    elif figures.of_a_template:
        yield (
            f"In the shared passages {figures.substituted:.0%} of the names and numbers differ (at most "
            f"{MAX_SUBSTITUTED:.0%} in a copy). Both articles fill the same template."
        )
    elif figures.probability() < MIN_COPY_PROBABILITY:
        yield (
            f"The probability is below {MIN_COPY_PROBABILITY}: the longer article has "
            f"{figures.contiguous:.0%} of the shorter one in runs of words, and {figures.in_order:.0%} "
            "in the same order."
        )
    if joined:
        return
    if shared < MIN_SHARED:
        yield f"They share {shared} sampled shingles, too few for a run to compare them at all."
    if figures is not None and figures.probability() >= MIN_COPY_PROBABILITY:
        yield from _why_apart(left, right)


def _why_joined(left: Row, right: Row) -> Iterator[str]:
    for row in (left, right):
        if row.get("match") == UPDATE:
            yield f"{row['article_id']} is a later version of an article of story {row['story_id']}."
        elif row.get("match"):
            yield (
                f"{row['article_id']} was filed as a copy of story {row['story_id']}: {row['match']}, "
                f"similarity {row['similarity']:.2f} to the article of the story that it shares most with."
            )
        else:
            yield f"{row['article_id']} is the story itself."


def _why_apart(left: Row, right: Row) -> Iterator[str]:
    days = abs((left["fetched_at"] - right["fetched_at"]).total_seconds()) / 86_400
    if days > HORIZON_DAYS:  # A dataset does not record the horizon of its runs.
        yield (
            f"They are similar, but were filed {days:.0f} days apart. Runs look for copies within "
            f"copies.horizon_days, {HORIZON_DAYS} by default."
        )
        return
    yield (
        "They are similar, but not joined: one merges several stories, one is closer to another story, or "
        "both were filed before the article that connects them."
    )


# --- Terminal -----------------------------------------------------------------------------------------------


def as_text(explanation: Explanation, width: int, *, colour: bool) -> str:
    """Format the explanation for a terminal with this many columns."""
    column = max(20, (width - 5) // 2)
    lines = [*_head(explanation), "", LEGEND, ""]
    for passage in explanation.passages:
        if passage.paragraph:
            lines.append("")
        lines += _side_by_side(passage, column, colour=colour)
    return "\n".join(lines)


def _head(explanation: Explanation) -> Iterator[str]:
    yield "joined: copies of one story" if explanation.joined else "not joined: two stories"
    yield from (f"  {line}" for reason in explanation.reasons for line in textwrap.wrap(reason, 100))
    if explanation.figures:
        names = ", ".join(f"{name} {value:.2f}" for name, value in explanation.figures.items())
        yield f"  figures: {names}; {explanation.shared_shingles} sampled shingles shared"
    for side, row in (("left ", explanation.one), ("right", explanation.other)):
        credit = ", ".join(filter(None, (row["publisher"], row["agency"], row["dateline"])))
        when = f"{row['published_at'] or row['fetched_at']:%Y-%m-%d %H:%M}"
        yield f"  {side} {row['title'] or '(no title)'} ({credit}; {when}; {row['word_count']:,} words)"
        yield f"        {row['url']}"


def _side_by_side(passage: Passage, column: int, *, colour: bool) -> Iterator[str]:
    sign = SIGNS[passage.change]
    bold = colour and passage.change is not Change.SAME
    sides = itertools.zip_longest(
        _wrap(passage.one, column, bold), _wrap(passage.other, column, bold), fillvalue=("", 0)
    )
    for number, ((left, used), (right, _)) in enumerate(sides):
        yield f"{left}{' ' * (column - used)} {sign if number == 0 else ' '} {right}".rstrip()


def _wrap(spans: Sequence[Span], width: int, bold: bool) -> list[tuple[str, int]]:
    """Wrap words into lines of at most `width` columns, each with its width; unshared words are bold."""
    lines: list[tuple[str, int]] = []
    line, used = "", 0
    for word, shared in _words(spans):
        breaks = used and used + _columns(word) > width
        if breaks:
            lines.append((line, used))
            line, used = "", 0
        shown = word.lstrip() if breaks else word
        line += f"\x1b[1m{shown}\x1b[0m" if bold and not shared else shown
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


# --- HTML ---------------------------------------------------------------------------------------------------

_STYLE = """
body { font: 16px/1.5 Georgia, serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #222 }
h1 { font-size: 1.3rem } dl, p.reason { font-family: system-ui, sans-serif; font-size: .9rem }
table { border-collapse: collapse; table-layout: fixed; width: 100% }
td, th { padding: .15rem .6rem; vertical-align: top; text-align: left; overflow-wrap: anywhere }
tr.paragraph td { padding-top: .9rem } td.sign { width: 1.5rem; text-align: center; color: #888 }
col.sign { width: 2.5rem } tr.cut td, tr.added td { background: #f6f2ea } tr.moved td { background: #eef }
mark { background: #dfeedd } tr.same mark { background: none }
"""


def as_html(explanation: Explanation) -> str:
    """Format the explanation as a self-contained page without scripts."""
    title = "Joined: copies of one story" if explanation.joined else "Not joined: two stories"
    reasons = "".join(f"<p class=reason>{html.escape(reason)}</p>" for reason in explanation.reasons)
    figures = explanation.figures or {}
    named = "".join(f"<dt>{name}</dt><dd>{value:.3f}</dd>" for name, value in figures.items())
    heads = "".join(_html_head(row) for row in (explanation.one, explanation.other))
    heads = heads.replace("</th>", "</th><th></th>", 1)
    rows = "".join(_html_row(passage) for passage in explanation.passages)
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
    left, right = (
        "".join(
            f"<mark>{html.escape(span.text)}</mark>" if span.shared else html.escape(span.text)
            for span in side
        )
        for side in (passage.one, passage.other)
    )
    sign = html.escape(SIGNS[passage.change])
    return f'<tr class="{kind}"><td>{left}</td><td class=sign>{sign}</td><td>{right}</td></tr>'


def as_json(explanation: Explanation) -> dict[str, Any]:
    """Return the explanation as plain values."""
    rows = {
        name: {
            key: str(value) if key.endswith("_at") else value for key, value in row.items() if key != "text"
        }
        for name, row in (("one", explanation.one), ("other", explanation.other))
    }
    return dataclasses.asdict(explanation) | rows
