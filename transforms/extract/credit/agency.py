"""The wire service and the dateline that an article and its page show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from transforms.extract.credit.wires import AGENCY_OF, AGENCY_OF_DOMAIN, IN_CAPITALS, NAMES
from transforms.text.scripts import HAN_AND_KANA, HANGUL
from transforms.text.urls import is_web_url, registrable_domain
from transforms.text.word_tables import any_of, read_stems

DATA = Path(__file__).parents[1] / "data"
_OPENING_CHARS = 160
_FIRST, _LAST = 3, 4
"""Paragraphs at either end that are searched for a credit."""
_MAX_BYLINE_WORDS = 12
"""Maximum words of a paragraph that is a byline or a credit."""
_MAX_CREDIT_CHARS = 400
"""Maximum characters of a closing line; a longer paragraph is part of the story."""

# One to four capitalised words with at most two small ones between, then at most two further parts: KABUL,
# Afghanistan; RIO DE JANEIRO; Frankfurt am Main; Москва.
_NAME = r"[^\W\d_a-z][\w.'’\-]*"
_PLACE = (
    rf"{_NAME}(?:[ /](?:[a-zà-ÿ]{{1,3}} ){{0,2}}{_NAME}){{0,3}}(?:, {_NAME}(?: [\w.'’\-]+){{0,3}}){{0,2}}"
)
_DATE = (
    r"(?:(?=[^(/—–-]{0,20}\d)[,.]? (?:\d{1,2}[.º]?(?:st|nd|rd|th)?,? ?)?(?:de )?(?:[^\W\d_]{3,10}\.?)?"
    r"(?: \d{1,2})?(?:,? (?:de )?\d{4})?)?"
)
_DASH = r"\s*(?:--|[—–-])\s"
_WIRE = rf"(?P<wire>{NAMES})"
_HAN = f"[{HAN_AND_KANA}]"
_DATELINES = tuple(
    re.compile(pattern)
    for pattern in (
        # GENEVA, May 3 (Reuters) - ; Madrid, 4 jul (EFE).- ; München (dpa/lby) - ; ISLAMABAD, Jul 4 (APP): -
        rf"^(?P<place>{_PLACE}){_DATE}[,.]? ?\({_WIRE}(?:[/,][\w /]+)?\)(?:\.?{_DASH}|[.:]?\s?[—–-]*\s*)",
        # MOSCOW, July 4. /TASS/. ; МОСКВА, 4 июл - РИА Новости. ; (ANSA) - ROMA, 04 LUG - ; (Reuters) -
        rf"^(?P<place>{_PLACE}){_DATE}[,.]? ?/{_WIRE}/\.?\s",
        rf"^(?P<place>{_PLACE}){_DATE}{_DASH}{_WIRE}[.,:]\s",
        rf"^\({_WIRE}\){_DASH}(?P<place>[^\W\d_a-z]{{2,}}(?:[ '’\-][^\W\d_a-z]{{2,}}){{0,3}}){_DATE}{_DASH}",
        rf"^\({_WIRE}\)(?:{_DASH}|\s)",
        # 新华社北京7月4日电 ; （中央社記者陳某台北4日電） ; 【ソウル共同】 ; 【7月4日 AFP】 ; (서울=연합뉴스)
        rf"^{_WIRE}(?P<place>{_HAN}{{2,8}}?)(?:\d{{1,2}}月)?\d{{1,2}}日\w?[电電]",
        rf"^[（(]{_WIRE}\w{{0,12}}?(?:\d{{1,2}}月)?\d{{1,2}}日?\w?[电電]",
        rf"^【(?P<place>[^\W\d_]{{2,12}}?){_WIRE}[^】]{{0,9}}】",
        rf"^【[^】]{{0,15}}?{_WIRE}[^】]{{0,9}}】",
        rf"^[(\[](?P<place>[{HANGUL}]{{1,8}})=\s?{_WIRE}[)\]]",
    )
)
# A lead-in of the house comes before it in the same paragraph; only capitals show where the place begins.
_CAPITAL_PLACE = (
    r"[^\W\d_a-zß-ÿ]{2}[^\Wa-zß-ÿ]*(?:[ .'’\-]{1,2}[^\Wa-zß-ÿ]+){0,3}"
    r"(?:, [^\W\d_][\w.'’\-]*(?: [\w.'’\-]+){0,2})?"
)
_INSIDE = re.compile(rf"(?<=\s)(?P<place>{_CAPITAL_PLACE}){_DATE}[,.]? ?\({_WIRE}(?:/[\w ]+)?\){_DASH}")
# Without a wire's name, only capitals separate a dateline from a sentence.
_CAPITALS = re.compile(rf"^(?P<place>{_CAPITAL_PLACE}){_DATE}{_DASH}")
_STEMS = read_stems(DATA / "credits.tsv")
_MONTHS = frozenset(_STEMS["month"])
"""First letters of months, in languages that print a date after the place."""
_SOURCE = rf"(?:{any_of(_STEMS['source'])})\s*[:：]"
_ALONE = re.compile(rf"^\W*(?:(?i:{_SOURCE})\s*)?{_WIRE}(?:[ /,–-]+[\w.-]{{2,12}}){{0,3}}\W*$")
_COPYRIGHT = re.compile(rf"^\W*(?:(?i:copyright|©|\(c\))[\s©]*)[^.]{{0,20}}?(?<!\w){_WIRE}(?!\w)")
_BY_THE_WIRE = re.compile(
    rf"\b(?:report|story|article) (?:by|from) {_WIRE} was first published"
    rf"|^(?:Ce texte|Cette dépêche) de {_WIRE.replace('wire', 'text')} "
)
# Reuters' own closing line; no other wire has it.
_REUTERS = re.compile(
    r"^\(?(?:Additional |additional )?(?:[Rr]eporting|[Ww]riting) by\b.*;.*\b[Ee]diting by\b"
)
_AT_END = re.compile(
    rf"(?:[(（/\[](?:\w{{2,10}}/)?{_WIRE}(?:/[\w-]{{1,8}})*[)）/\]]"
    rf"|\s[–—-]{{1,2}}\s?{_WIRE.replace('wire', 'dash')})\W*$"
)
_BY = re.compile(rf"^(?:{any_of(read_stems(DATA / 'bylines.tsv')['by'])})[:\s]", re.IGNORECASE)
_BYLINE_PARTS = re.compile(r"[,/|()]| [–—-] | for ")
_ONLY_HELPED = re.compile(r"\bfiles from\b|\bcontribut", re.IGNORECASE)


class Credit(NamedTuple):
    """An article's credited wire and dateline, each None if it has none."""

    agency: str | None
    dateline: str | None


def credit(text: str, authors: Sequence[str], sources: Iterable[str] = ()) -> Credit:
    """Find the wire service and the dateline of an article.

    The opening paragraphs are searched for a dateline, since a lead-in line may come before it. They
    decide first; then `sources`, names and URLs in the page's structured data and its own URL; then the
    byline; then lines of credit at either end. A wire that only contributed is not credited.
    """
    paragraphs = text.split("\n\n")
    agency, dateline = _opening(paragraphs[:_FIRST])
    credits = (*map(_source, sources), *map(_signed, authors), *_lines(paragraphs))
    return Credit(agency or next(filter(None, credits), None), dateline)


def _opening(paragraphs: Iterable[str]) -> Credit:
    for paragraph in paragraphs:
        opening = paragraph[:_OPENING_CHARS]
        matched = next(filter(None, (pattern.match(opening) for pattern in _DATELINES)), None)
        matched = matched or _CAPITALS.match(opening) or _INSIDE.search(opening)
        if matched:
            parts = matched.groupdict()
            behind = opening[matched.end("place") :] if parts.get("place") else ""
            return Credit(AGENCY_OF.get(parts.get("wire") or ""), _place(parts.get("place") or "", behind))
    return Credit(None, None)


def _place(printed: str, behind: str) -> str | None:
    """Return a place as printed, without a date that follows it."""
    words = printed.split()
    dated = [at for at, word in enumerate(words) if any(map(str.isdigit, word))]
    if dated or behind.lstrip()[:1].isdigit():
        del words[dated[0] if dated else len(words) :]
        if len(words) > 1 and words[-1].rstrip(".").casefold()[:3] in _MONTHS:
            words.pop()
    place = " ".join(words).rstrip(" ,-")
    # The full stop of an abbreviated state stays: CHARLESTON, W.Va.
    return (place if "," in place else place.rstrip(".")) or None


def _source(named: str) -> str | None:
    if is_web_url(named):
        return AGENCY_OF_DOMAIN.get(registrable_domain(named))
    return AGENCY_OF.get(named.strip())


def _signed(author: str) -> str | None:
    """Return the wire in a byline: a part of its own ("Jane Doe, Reuters"), or in capitals ("AP Staff")."""
    if _ONLY_HELPED.search(author):
        return None
    author = _BY.sub("", author)
    for part in _BYLINE_PARTS.split(author):
        if wire := AGENCY_OF.get(part.strip()):
            return wire
    # A person may be called Tass, but is not written TASS.
    return next((AGENCY_OF[word] for word in author.split() if word in IN_CAPITALS), None)


def _lines(paragraphs: Sequence[str]) -> Iterator[str | None]:
    """Return the wire in bylines at the start and lines of credit at the end of a text."""
    for paragraph in paragraphs[:_FIRST]:
        if len(paragraph.split()) <= _MAX_BYLINE_WORDS and not paragraph.endswith((".", "!", "?", "”", '"')):
            yield _signed(paragraph) if _BY.match(paragraph) else _named(_ALONE.match(paragraph))
    closing = [line for line in paragraphs[-_LAST:] if len(line) <= _MAX_CREDIT_CHARS]
    for line in reversed(closing):
        for pattern in (_ALONE, _COPYRIGHT, _BY_THE_WIRE):
            yield _named(pattern.search(line))
        yield "Reuters" if _REUTERS.search(line) else None
    if closing and closing[-1] == paragraphs[-1]:
        # Any abbreviation may be there, such as a state's: "near Erie (PA)".
        matched = _AT_END.search(closing[-1])
        printed = next(filter(None, matched.groups()), "") if matched else ""
        yield None if printed.isupper() and printed not in IN_CAPITALS else _named(matched)


def _named(matched: re.Match[str] | None) -> str | None:
    if matched is None:
        return None
    return AGENCY_OF[next(filter(None, matched.groups()))]
