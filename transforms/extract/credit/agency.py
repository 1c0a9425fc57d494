"""The wire service and the dateline that an article and its page show."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from transforms.extract.credit.wires import AGENCY_OF, AGENCY_OF_DOMAIN, IN_CAPITALS, NAMES
from transforms.extract.meta.authors import BYLINE_START
from transforms.text.months import MONTHS
from transforms.text.scripts import HAN_AND_KANA, HANGUL
from transforms.text.urls import is_web_url, registrable_domain
from transforms.text.word_tables import any_of, read_stems

_DATA = Path(__file__).parents[1] / "data"
_OPENING_CHARS = 160
"""Characters of a paragraph that are searched for a dateline."""
_OPENING_PARAGRAPHS, _CLOSING_PARAGRAPHS = 3, 4
"""Paragraphs at the start and at the end that are searched for a credit."""
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
# After a publisher's lead-in in the same paragraph, only capitals show where the place begins.
_CAPITAL_PLACE = (
    r"[^\W\d_a-zß-ÿ]{2}[^\Wa-zß-ÿ]*(?:[ .'’\-]{1,2}[^\Wa-zß-ÿ]+){0,3}"
    r"(?:, [^\W\d_][\w.'’\-]*(?: [\w.'’\-]+){0,2})?"
)
_DATELINE_INSIDE = re.compile(
    rf"(?<=\s)(?P<place>{_CAPITAL_PLACE}){_DATE}[,.]? ?\({_WIRE}(?:/[\w ]+)?\){_DASH}"
)
# Without a wire's name, only capitals separate a dateline from a sentence.
_DATELINE_WITHOUT_WIRE = re.compile(rf"^(?P<place>{_CAPITAL_PLACE}){_DATE}{_DASH}")
_MONTHS = frozenset(itertools.chain(*MONTHS.values()))
_SOURCE = rf"(?:{any_of(read_stems(_DATA / 'credits.tsv')['source'])})\s*[:：]"
_WIRE_ALONE = re.compile(rf"^\W*(?:(?i:{_SOURCE})\s*)?{_WIRE}(?:[ /,–-]+[\w.-]{{2,12}}){{0,3}}\W*$")
_COPYRIGHT_OF_WIRE = re.compile(rf"^\W*(?:(?i:copyright|©|\(c\))[\s©]*)[^.]{{0,20}}?(?<!\w){_WIRE}(?!\w)")
_FIRST_PUBLISHED = re.compile(
    rf"\b(?:report|story|article) (?:by|from) {_WIRE} was first published"
    rf"|^(?:Ce texte|Cette dépêche) de {_WIRE.replace('wire', 'text')} "
)
# No other wire closes its articles with such a line.
_REUTERS_CLOSING = re.compile(
    r"^\(?(?:Additional |additional )?(?:[Rr]eporting|[Ww]riting) by\b.*;.*\b[Ee]diting by\b"
)
_WIRE_AT_END = re.compile(
    rf"(?:[(（/\[](?:\w{{2,10}}/)?{_WIRE}(?:/[\w-]{{1,8}})*[)）/\]]"
    rf"|\s[–—-]{{1,2}}\s?{_WIRE.replace('wire', 'dash')})\W*$"
)
_BYLINE_PARTS = re.compile(r"[,/|()]| [–—-] | for ")
_CONTRIBUTED = re.compile(r"\bfiles from\b|\bcontribut", re.IGNORECASE)


class Credit(NamedTuple):
    """An article's credited wire and dateline, each None if it has none."""

    agency: str | None
    dateline: str | None


def credit(text: str, authors: Sequence[str], sources: Iterable[str] = ()) -> Credit:
    """Find the wire service and the dateline of an article.

    The first of these that names a wire decides: the dateline; `sources`, names and URLs in the page's
    structured data and its own URL; the byline; lines of credit at either end. A lead-in may precede the
    dateline, so the first paragraphs are searched for it. A wire that only contributed is not credited.
    """
    paragraphs = text.split("\n\n")
    agency, dateline = _credit_in_opening(paragraphs[:_OPENING_PARAGRAPHS])
    agencies = (
        *map(_agency_of_source, sources),
        *map(_agency_in_byline, authors),
        *_agencies_in_lines(paragraphs),
    )
    return Credit(agency or next(filter(None, agencies), None), dateline)


def _credit_in_opening(paragraphs: Iterable[str]) -> Credit:
    """Return the wire and the place of the first dateline."""
    for paragraph in paragraphs:
        opening = paragraph[:_OPENING_CHARS]
        match = next(filter(None, (pattern.match(opening) for pattern in _DATELINES)), None)
        match = match or _DATELINE_WITHOUT_WIRE.match(opening) or _DATELINE_INSIDE.search(opening)
        if match:
            parts = match.groupdict()
            after_place = opening[match.end("place") :] if parts.get("place") else ""
            place = _without_date(parts.get("place") or "", after_place)
            return Credit(AGENCY_OF.get(parts.get("wire") or ""), place)
    return Credit(None, None)


def _without_date(printed: str, after_place: str) -> str | None:
    """Return a place without a date at its end, which may go on in the text `after_place`."""
    words = printed.split()
    numbers = [at for at, word in enumerate(words) if any(map(str.isdigit, word))]
    if numbers or after_place.lstrip()[:1].isdigit():
        del words[numbers[0] if numbers else len(words) :]
        if len(words) > 1 and words[-1].rstrip(".").casefold()[:3] in _MONTHS:
            words.pop()
    place = " ".join(words).rstrip(" ,-")
    # The full stop of an abbreviated state stays: CHARLESTON, W.Va.
    return (place if "," in place else place.rstrip(".")) or None


def _agency_of_source(source: str) -> str | None:
    """Return the wire with this URL or name."""
    if is_web_url(source):
        return AGENCY_OF_DOMAIN.get(registrable_domain(source))
    return AGENCY_OF.get(source.strip())


def _agency_in_byline(author: str) -> str | None:
    """Return the wire in a byline: as a separate part ("Jane Doe, Reuters"), or in capitals ("AP Staff")."""
    if _CONTRIBUTED.search(author):
        return None
    author = BYLINE_START.sub("", author)
    for part in _BYLINE_PARTS.split(author):
        if wire := AGENCY_OF.get(part.strip()):
            return wire
    # A person may be called Tass, but their name is not printed as TASS.
    return next((AGENCY_OF[word] for word in author.split() if word in IN_CAPITALS), None)


def _agencies_in_lines(paragraphs: Sequence[str]) -> Iterator[str | None]:
    """Yield the wires in bylines at the start and in lines of credit at the end of a text, or None."""
    for paragraph in paragraphs[:_OPENING_PARAGRAPHS]:
        if len(paragraph.split()) <= _MAX_BYLINE_WORDS and not paragraph.endswith((".", "!", "?", "”", '"')):
            if BYLINE_START.match(paragraph):
                yield _agency_in_byline(paragraph)
            else:
                yield _agency_in_match(_WIRE_ALONE.match(paragraph))
    closing = [line for line in paragraphs[-_CLOSING_PARAGRAPHS:] if len(line) <= _MAX_CREDIT_CHARS]
    for line in reversed(closing):
        for pattern in (_WIRE_ALONE, _COPYRIGHT_OF_WIRE, _FIRST_PUBLISHED):
            yield _agency_in_match(pattern.search(line))
        yield "Reuters" if _REUTERS_CLOSING.search(line) else None
    if closing and closing[-1] == paragraphs[-1]:
        # Any abbreviation may be there, such as a state's: "near Erie (PA)".
        match = _WIRE_AT_END.search(closing[-1])
        printed = next(filter(None, match.groups()), "") if match else ""
        yield None if printed.isupper() and printed not in IN_CAPITALS else _agency_in_match(match)


def _agency_in_match(match: re.Match[str] | None) -> str | None:
    """Return the wire in the first group that matched."""
    if match is None:
        return None
    return AGENCY_OF[next(filter(None, match.groups()))]
