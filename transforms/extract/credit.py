"""Who wrote it and where from: the wire service and the dateline, as an article's opening and byline say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

# Wire services by the name that `agency` carries, with the other names they sign with.
WIRES: dict[str, tuple[str, ...]] = {
    "AP": ("Associated Press", "The Associated Press"),
    "Reuters": ("Thomson Reuters",),
    "AFP": ("Agence France-Presse", "Agence France Presse"),
    "CP": ("The Canadian Press", "Canadian Press", "La Presse canadienne", "PC"),
    "PA": ("PA Media", "Press Association", "PA News Agency"),
    "dpa": ("Deutsche Presse-Agentur", "dpa-AFX"),
    "APA": ("Austria Presse Agentur",),
    "Keystone-SDA": ("SDA", "Keystone-ATS", "ATS"),
    "EFE": ("Agencia EFE",),
    "Europa Press": (),
    "ANSA": (),
    "Lusa": ("Agência Lusa",),
    "Belga": (),
    "ANP": (),
    "TT": ("TT Nyhetsbyrån",),
    "NTB": (),
    "Ritzau": (),
    "PAP": (),
    "TASS": ("ТАСС",),
    "Interfax": ("Интерфакс",),
    "Xinhua": ("新华社", "新華社"),
    "Kyodo": ("Kyodo News", "共同通信", "共同"),
    "Jiji": ("Jiji Press", "時事"),
    "Yonhap": ("Yonhap News", "연합뉴스"),
    "AAP": ("Australian Associated Press",),
    "PTI": ("Press Trust of India",),
    "ANI": ("Asian News International",),
    "IANS": (),
    "Anadolu": ("Anadolu Agency", "Anadolu Ajansı"),
    "UPI": ("United Press International",),
    "Bloomberg": ("Bloomberg News",),
}
_AGENCY_OF = {name.lower(): wire for wire, names in WIRES.items() for name in (wire, *names)}
_NAMES = "|".join(sorted((re.escape(name) for name in _AGENCY_OF), key=len, reverse=True))

# One to four capitalised words, then at most two further parts: KABUL, Afghanistan; WASHINGTON; Genf.
_NAME = r"[^\W\d_a-z][\w.'’\-]*"
_PLACE = rf"{_NAME}(?:[ /]{_NAME}){{0,3}}(?:, {_NAME}(?: [\w.'’\-]+){{0,3}}){{0,2}}"
_DATE = r"(?:,? [A-Z][a-z]{2,8}\.? \d{1,2}|,? \d{1,2}\.? [A-Za-z]{3,9}\.?)?"
_DASH = r"\s*(?:--|[—–-])\s"
_WITH_WIRE = re.compile(
    rf"^(?P<place>{_PLACE}){_DATE},? ?\((?P<wire>(?i:{_NAMES}))(?:/[\w ]+)?\)(?:{_DASH}|\s*[:.]?\s)"
)
_WIRE_ONLY = re.compile(rf"^\((?P<wire>(?i:{_NAMES}))\)(?:{_DASH}|\s)")
# Without a wire's name only capitals tell a dateline from a sentence.
_CAPITALS = re.compile(
    r"^(?P<place>[^\W\d_a-zß-ÿ]{2}[^\Wa-zß-ÿ]*(?:[ .'’\-]{1,2}[^\Wa-zß-ÿ]+){0,3}"
    r"(?:, [^\W\d_][\w.'’\-]*(?: [\w.'’\-]+){0,2})?)"
    rf"{_DATE}{_DASH}"
)
_PRINTED_DATE = re.compile(r",? (?:[A-Z][a-z]{2,8}\.? \d{1,2}|\d{1,2}\.? [A-Za-z]{3,9}\.?)$")
_BYLINE_PARTS = re.compile(r"[,/|()]")
_OPENING_CHARS = 120


class Credit(NamedTuple):
    """What an article says of its origin; None where it says nothing."""

    agency: str | None
    dateline: str | None


def credit(text: str, authors: Sequence[str]) -> Credit:
    """The wire service and the dateline of an article.

    The opening paragraphs are looked at for a dateline, since a lead-in line may
    stand before it; the byline for a wire's name.
    """
    agency = dateline = None
    for paragraph in text.split("\n\n", 3)[:3]:
        opening = paragraph[:_OPENING_CHARS]
        found = _WITH_WIRE.match(opening) or _WIRE_ONLY.match(opening) or _CAPITALS.match(opening)
        if found:
            parts = found.groupdict()
            place = _PRINTED_DATE.sub("", (parts.get("place") or "").rstrip(" ,-"))
            dateline = place or None
            agency = _AGENCY_OF.get((parts.get("wire") or "").lower())
            break
    return Credit(agency or next(filter(None, map(_signed, authors)), None), dateline)


def _signed(author: str) -> str | None:
    """The wire a byline names: as a part of its own ("Jane Doe, Reuters"), or in capitals ("AP Staff")."""
    for part in _BYLINE_PARTS.split(author):
        if wire := _AGENCY_OF.get(part.strip().lower()):
            return wire
    # A person may be called Tass, but is not written TASS.
    words = (word for word in author.split() if word.isupper() and len(word) > 1)
    return next((wire for word in words if (wire := _AGENCY_OF.get(word.lower()))), None)
