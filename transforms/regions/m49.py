"""Sub-regions of UN M49 by country, as slugs that name partitions.

Source: United Nations Statistics Division, Standard Country or Area Codes for Statistical Use
(M49), level "sub-region". Departures from M49 and special cases:

    TW  eastern-asia      M49 does not list it; its neighbours are in this sub-region
    XK  southern-europe   neither in ISO 3166-1 nor in M49; user-assigned code, grouped with its neighbours
    PS  western-asia      M49's State of Palestine; covers the West Bank and Gaza
    HK, MO                have their own ISO codes and M49 areas, so they do not count as CN
    AQ  antarctica        M49 does not assign it to a sub-region
    GB  northern-europe   England, Scotland, Wales and Northern Ireland are its subdivisions
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

WORLD = "world"
UNKNOWN = "unknown"

# Top-level domains of countries that are sold worldwide, except for names such as example.com.co.
_WORLDWIDE = frozenset({
    "ac", "ai", "am", "cc", "cd", "cf", "co", "fm", "ga", "gg", "gq", "im", "io", "la", "ly", "me", "ml",
    "nu", "pw", "sh", "st", "tk", "to", "tv", "ws",
})  # fmt: skip
_SECOND_LEVEL = frozenset(("ac", "co", "com", "edu", "gob", "gov", "net", "org"))

_COUNTRIES = {
    "antarctica": "AQ",
    "australia-and-new-zealand": "AU CC CX HM NF NZ",
    "central-asia": "KG KZ TJ TM UZ",
    "eastern-asia": "CN HK JP KP KR MN MO TW",
    "eastern-europe": "BG BY CZ HU MD PL RO RU SK UA",
    "latin-america-and-the-caribbean": (
        "AG AI AR AW BB BL BO BQ BR BS BV BZ CL CO CR CU CW DM DO EC FK GD GF GP GS GT GY HN HT JM KN KY LC "
        "MF MQ MS MX NI PA PE PR PY SR SV SX TC TT UY VC VE VG VI"
    ),
    "melanesia": "FJ NC PG SB VU",
    "micronesia": "FM GU KI MH MP NR PW UM",
    "northern-africa": "DZ EG EH LY MA SD TN",
    "northern-america": "BM CA GL PM US",
    "northern-europe": "AX DK EE FI FO GB GG IE IM IS JE LT LV NO SE SJ",
    "polynesia": "AS CK NU PF PN TK TO TV WF WS",
    "south-eastern-asia": "BN ID KH LA MM MY PH SG TH TL VN",
    "southern-asia": "AF BD BT IN IR LK MV NP PK",
    "southern-europe": "AD AL BA ES GI GR HR IT ME MK MT PT RS SI SM VA XK",
    "sub-saharan-africa": (
        "AO BF BI BJ BW CD CF CG CI CM CV DJ ER ET GA GH GM GN GQ GW IO KE KM LR LS MG ML MR MU MW MZ NA NE "
        "NG RE RW SC SH SL SN SO SS ST SZ TD TF TG TZ UG YT ZA ZM ZW"
    ),
    "western-asia": "AE AM AZ BH CY GE IL IQ JO KW LB OM PS QA SA SY TR YE",
    "western-europe": "AT BE CH DE FR LI LU MC NL",
}

SUBREGION_OF = {country: slug for slug, countries in _COUNTRIES.items() for country in countries.split()}
"""Slug of the sub-region by ISO 3166-1 alpha-2 code."""


@dataclasses.dataclass(frozen=True, slots=True)
class RegionSettings:
    """A user's changes to the table above."""

    groups: Mapping[str, frozenset[str]] = dataclasses.field(default_factory=dict)
    """Countries of each region that replaces M49's, by its slug."""
    counted_as: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Countries that count as another country, such as HK as CN."""

    def region_of(self, country: str) -> str:
        """Return the slug of a country's region."""
        slugs = (slug for slug, countries in self.groups.items() if country in countries)
        return next(slugs, subregion_slug(country))


DEFAULT_REGION_SETTINGS = RegionSettings()


def country_of_domain(domain: str | None) -> str | None:
    """Return the country of a publisher's top-level domain, None if it is used worldwide."""
    labels = (domain or "").split(".")
    last = labels[-1]
    if last in _WORLDWIDE and not (len(labels) > 2 and labels[-2] in _SECOND_LEVEL):
        return None
    code = "GB" if last == "uk" else last.upper()
    return code if code in SUBREGION_OF else None


def subregion_slug(country: str) -> str:
    """Return the slug of the UN M49 sub-region of a country (ISO 3166-1 alpha-2).

    AF gives southern-asia. A code that is not in the table above gives `unknown`.
    """
    return SUBREGION_OF.get(country, UNKNOWN)
