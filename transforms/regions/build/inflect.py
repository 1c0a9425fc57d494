"""Form the inflected forms of names by rule, for the gazetteer's build.

The rules cover regular forms of each language; the tables in sources/ list irregular ones. Most Cyrillic
endings are not listed here because names.pattern_of reduces those names to their stem.
"""

from __future__ import annotations

_GERMAN_ADJECTIVE = ("", "e", "en", "er", "es", "em")
_RUSSIAN_ADJECTIVE = ("ий", "ого", "ому", "им", "ом", "ая", "ой", "ую", "ое", "ие", "их", "ими")
_UKRAINIAN_ADJECTIVE = ("ий", "ого", "ому", "им", "ім", "а", "ої", "ій", "у", "ою", "е", "і", "их", "ими")
_POLISH_ADJECTIVE = ("i", "iego", "iemu", "im", "a", "iej", "ą", "ie", "ich", "imi")
_SLAVIC_ADJECTIVE = {
    "ая": ("ой", "ую"),
    "яя": ("ей", "юю"),
    "ий": ("ого", "ому"),
    "ый": ("ого", "ому"),
    "ое": ("ого", "ому"),
    "ые": ("ых", "ым", "ыми"),
    "ие": ("их", "им", "ими"),
}
_ADJECTIVE_PROVINCES = frozenset({"RU", "UA", "BY", "KZ", "KG", "UZ", "TJ"})
_CYRILLIC_CONSONANTS = tuple("бвгджзклмнпрстфхцчшщ")
# Ending of a Polish name of a country or people, and the endings of its other cases.
_POLISH_NOUN = {
    "ja": ("ji", "ję", "ją", "je"),
    "ia": ("ii", "ię", "ią", "ie"),
    "na": ("ny", "nie", "nę", "ną"),
    "ka": ("ki", "ce", "kę", "ką"),
    "wa": ("wy", "wie", "wę", "wą"),
    "ra": ("ry", "rze", "rę", "rą"),
    "ny": ("n", "nom", "nach", "nami"),
    "cy": ("iec", "com", "czech", "cami"),
    "chy": ("ch", "chom", "szech", "chami"),
    "gry": ("gier", "grom", "grzech", "grami"),
}
# Ending of a Polish town, and the endings of its other cases. The longest ending that fits counts.
_POLISH_TOWN = {
    "a": ("y", "ie", "ę", "ą"),
    "ga": ("gi", "dze", "gę", "gą"),
    "ka": ("ki", "ce", "kę", "ką"),
    "la": ("li", "lę", "lą"),
    "ta": ("ty", "cie", "tę", "tą"),
    "da": ("dy", "dzie", "dę", "dą"),
    "ra": ("ry", "rze", "rę", "rą"),
    "ca": ("cy", "cę", "cą"),
    "ia": ("ii", "i", "ię", "ią"),
    "ja": ("ji", "ję", "ją"),
    "ów": ("owa", "owie", "owem", "owowi"),
    "ek": ("ka", "ku", "kiem"),
    "iec": ("ca", "cu", "cem"),
    "k": ("ka", "ku", "kiem"),
    "g": ("ga", "gu", "giem"),
    "t": ("tu", "ta", "cie", "tem"),
    "d": ("du", "da", "dzie", "dem"),
    "r": ("ru", "ra", "rze", "rem"),
    "ź": ("zi", "zią"),
    "dź": ("dzi", "dzią"),
    "ódź": ("odzi", "odzią"),
    "eń": ("nia", "niu", "niem", "enia", "eniu", "eniem"),
    "ń": ("nia", "niu", "niem"),
    "szcz": ("szczy", "szczą"),
    "ce": ("c", "cach", "cami", "com"),
    "y": ("", "ach", "ami", "om"),
    "ki": ("k", "kach", "kami", "kom"),
    "no": ("na", "nie", "nem", "nu"),
    "o": ("a", "u", "em", "ie"),
    "e": ("ego", "em"),
}
_POLISH_CONSONANT = ("u", "a", "ie", "em", "ia", "iu", "iem")


def town_forms(name: str) -> tuple[str, ...]:
    """Return the other cases of a town's Polish name.

    An adjective in front of the noun is inflected with it (Zielonej Górze).
    """
    first, blank, last = name.rpartition(" ")
    if blank and not first.endswith(("a", "y", "i")):
        return ()
    fits = [ending for ending in _POLISH_TOWN if last.endswith(ending)]
    ending = max(fits, key=len, default="")
    forms = [last.removesuffix(ending) + case for case in _POLISH_TOWN.get(ending, _POLISH_CONSONANT)]
    if not blank:
        return tuple(forms)
    stem, cases = first[:-1], ("ej", "ą") if first.endswith("a") else ("ego", "ym", "im")
    return tuple(f"{stem}{case} {form}" for case in cases for form in forms)


def adjective_forms(form: str, language: str) -> tuple[str, ...]:
    """Return the forms of a people's adjective in running text.

    Args:
        form: masculine singular; the stem in German, Dutch, Swedish, Russian, Ukrainian and Polish.
        language: two-letter code.
    """
    if language == "de":
        return tuple(form + ending for ending in _GERMAN_ADJECTIVE)
    if language == "ru":
        return tuple(form + ending for ending in _RUSSIAN_ADJECTIVE)
    if language == "pl":
        return tuple(form + ending for ending in _POLISH_ADJECTIVE)
    if language == "fr":
        return _french(form)
    if language == "it":
        return _italian(form)
    if language in {"es", "pt"}:
        return _iberian(form)
    if language == "nl":
        return (form, form + "e")
    if language == "sv":
        return (form, form + "a", form + "t")
    if language == "uk":
        return tuple(form + ending for ending in _UKRAINIAN_ADJECTIVE)
    if language == "tr":
        return (form, form + ("lar" if _last_vowel(form) in "aıou" else "ler"))
    if language == "en":
        return (form,) if form.endswith(("ese", "sh", "ss", "ch", "man", "men", "s")) else (form, form + "s")
    return (form,)


def _last_vowel(form: str) -> str:
    return next((letter for letter in reversed(form.lower()) if letter in "aıoueiöü"), "e")


def _french(form: str) -> tuple[str, ...]:
    if form == "grec":
        return ("grec", "grecque", "grecs", "grecques")
    if form == "turc":
        return ("turc", "turque", "turcs", "turques")
    if form.endswith("e"):
        return (form, form + "s")
    feminine = form + ("ne" if form.endswith(("en", "on")) else "e")
    return (form, feminine, feminine + "s", form if form.endswith("s") else form + "s")


def _italian(form: str) -> tuple[str, ...]:
    stem = form[:-1]
    if form.endswith("co"):
        return (form, stem + "a", stem + "i", stem[:-1] + "chi", stem[:-1] + "che")
    if form.endswith("o"):
        return (form, stem + "a", stem + "i", stem + "e")
    return (form, stem + "i", stem + "e")


def _iberian(form: str) -> tuple[str, ...]:
    if form.endswith("ão"):
        return (form, form[:-2] + "ã", form[:-2] + "ães", form[:-2] + "ãos")
    if form.endswith("o"):
        return (form, form[:-1] + "a", form + "s", form[:-1] + "as")
    if form.endswith(("és", "ês")):
        stem = form[:-2] + "es"
        return (form, stem + "a", stem + "es", stem + "as")
    if form.endswith(("án", "ón", "ol")):
        return (form, form + "a", form + "es", form + "as")
    return (form, form + "s", form + "es")


def name_forms(name: str, language: str) -> tuple[str, ...]:
    """Return the forms of a country's name in a language, the name itself first."""
    if language in {"de", "sv", "da", "nb"} and not name.endswith(("s", "x", "z")):
        return (name, name + "s")
    if language == "pl" and " " not in name:
        for ending, forms in sorted(_POLISH_NOUN.items(), key=lambda item: -len(item[0])):
            if name.endswith(ending):
                return (name, *(name[: -len(ending)] + form for form in forms))
        if name[-1] not in "aeiouy":
            return (name, name + "u", name + "em", name + "ie")
    if language in {"ru", "uk", "be", "bg"} and (" " in name or "-" in name):
        return (name, *_slavic_pairs(name.replace("-", " ")))
    return (name,)


def cyrillic_forms(name: str, country: str) -> tuple[str, ...]:
    """Return the forms of a town's Cyrillic name.

    In countries that call provinces after towns (Белгородская область), they include its adjective.
    """
    stem = name.rstrip("аеиоыьяі")
    if country not in _ADJECTIVE_PROVINCES or not name.isalpha() or stem.endswith(("к", "ий", "ый")):
        return name_forms(name, "ru")
    return (name, *(f"{stem}{ending}" for ending in ("ск", "ськ")))


def _slavic_pairs(name: str) -> tuple[str, ...]:
    """Return two Cyrillic words with the first, an adjective or noun, in its cases.

    Matching allows any case of the last word.
    """
    first, _, rest = name.partition(" ")
    if first[-1] in _CYRILLIC_CONSONANTS:
        return tuple(f"{first}{ending} {rest}" for ending in ("а", "у", "е", "ом"))
    return tuple(f"{first[:-2]}{ending} {rest}" for ending in _SLAVIC_ADJECTIVE.get(first[-2:], ()))
