"""The config of a run: a YAML file, checked completely before anything else happens."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from lxml import etree

from pipeline.defaults import HORIZON_DAYS
from pipeline.errors import ConfigError
from transforms.records import FeedSource
from transforms.regions.m49 import DEFAULT_REGION_SETTINGS, SUBREGION_OF, UNKNOWN, WORLD, RegionSettings
from transforms.web.client import FetchSettings

MAX_OPML_BYTES = 20_000_000
"""Maximum size of an OPML file."""
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclasses.dataclass(frozen=True, slots=True)
class CopySettings:
    """The config's `copies` section."""

    horizon_days: int = HORIZON_DAYS
    """Days back that copies are looked for."""
    keep_text: bool = True
    """Store the text of copies too."""

    @property
    def horizon(self) -> timedelta:
        """Time that copies are looked for, and that entries stay known after they left their feed."""
        return timedelta(days=self.horizon_days)


@dataclasses.dataclass(frozen=True, slots=True)
class Config:
    """A checked config: feeds, output and settings."""

    output: str
    """A folder, or gs://bucket/path or s3://bucket/path, without a slash at the end."""
    feeds: tuple[FeedSource, ...]
    fetch: FetchSettings
    copies: CopySettings
    sha256: str
    """Hash of the config file's bytes, for the manifest."""
    regions: RegionSettings = DEFAULT_REGION_SETTINGS


def load_config(path: str | Path, output: str | None = None) -> Config:
    """Read and check a config file; `output` replaces the file's own.

    A relative `output` is relative to the current folder, as for every command; OPML files are relative
    to the config file.

    Raises ConfigError with one message for the first fault.
    """
    path = Path(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from None
    try:
        document = yaml.safe_load(raw)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        place = getattr(error, "problem_mark", None)
        where = f", line {place.line + 1}" if place else ""
        problem = getattr(error, "problem", None) or " ".join(str(error).split())
        raise ConfigError(f"{path}{where}: not valid YAML: {problem}") from None
    top = _Section(path, "", document, ("output", "feeds", "fetch", "copies", "regions"))
    if output is None:
        output = top.text("output")
        if output is None:
            raise ConfigError(f"{path}: output: expected a folder, gs://bucket/path or s3://bucket/path")
    return Config(
        output=_checked_output(path, output),
        feeds=_feeds(path, top.get("feeds")),
        fetch=_fetch(top.section("fetch", FetchSettings)),
        copies=_copies(top.section("copies", CopySettings)),
        regions=_regions(top.section("regions", RegionSettings)),
        sha256=hashlib.sha256(raw).hexdigest(),
    )


class _Section:
    """A mapping of the config that returns typed values or raises ConfigError."""

    def __init__(self, path: Path, name: str, value: Any, keys: tuple[str, ...]) -> None:
        self.path, self.name, self.keys = path, name, keys
        if not isinstance(value, Mapping):
            raise ConfigError(f"{path}: {name or 'the file'}: expected a mapping of {', '.join(keys)}")
        for key in value:
            if key not in keys:
                near = difflib.get_close_matches(str(key), keys, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(keys)}"
                raise ConfigError(f"{path}: {self._at(str(key))}: unknown key; {hint}")
        self.value = value

    def _at(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def get(self, key: str) -> Any:
        return self.value.get(key)

    def invalid(self, key: str, expected: str) -> ConfigError:
        return ConfigError(f"{self.path}: {self._at(key)}: expected {expected}, not {self.value.get(key)!r}")

    def section(self, key: str, model: type) -> _Section:
        value = self.value.get(key)
        return _Section(
            self.path,
            self._at(key),
            {} if value is None else value,
            tuple(field.name for field in dataclasses.fields(model)),
        )

    def mapping(self, key: str) -> Mapping[Any, Any]:
        value = self.value.get(key)
        if value is not None and not isinstance(value, Mapping):
            raise self.invalid(key, "a mapping")
        return value or {}

    def text(self, key: str) -> str | None:
        value = self.value.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            raise self.invalid(key, "a string")
        return value.strip()

    def number(
        self, key: str, default: float, low: float, high: float, kind: Callable[[Any], Any] = float
    ) -> Any:
        value = self.value.get(key, default)
        whole = "a whole number" if kind is int else "a number"
        accepted = int if kind is int else (int, float)
        if isinstance(value, bool) or not isinstance(value, accepted) or not low <= value <= high:
            raise self.invalid(key, f"{whole} from {low:g} to {high:g}")
        return kind(value)

    def flag(self, key: str, default: bool) -> bool:
        value = self.value.get(key, default)
        if not isinstance(value, bool):
            raise self.invalid(key, "true or false")
        return value


def _fetch(section: _Section) -> FetchSettings:
    default = FetchSettings()
    agent = section.text("user_agent") or default.user_agent
    if not agent.isprintable() or not agent.isascii():
        raise section.invalid("user_agent", "printable ASCII")
    return FetchSettings(
        user_agent=agent,
        timeout_s=section.number("timeout_s", default.timeout_s, 0.1, 600),
        max_bytes=section.number("max_bytes", default.max_bytes, 1_000, 1_000_000_000, int),
        concurrency=section.number("concurrency", default.concurrency, 1, 1_000, int),
        per_host_delay_s=section.number("per_host_delay_s", default.per_host_delay_s, 0, 3_600),
        respect_robots=section.flag("respect_robots", default.respect_robots),
        allow_private_addresses=section.flag("allow_private_addresses", default.allow_private_addresses),
        max_attempts=section.number("max_attempts", default.max_attempts, 1, 100, int),
    )


def _copies(section: _Section) -> CopySettings:
    default = CopySettings()
    return CopySettings(
        horizon_days=section.number("horizon_days", default.horizon_days, 1, 3_650, int),
        keep_text=section.flag("keep_text", default.keep_text),
    )


def _regions(section: _Section) -> RegionSettings:
    groups: dict[str, frozenset[str]] = {}
    taken: set[str] = set()
    for slug, listed in section.mapping("groups").items():
        expected = (
            "a mapping of names such as nordics to lists of ISO 3166-1 alpha-2 codes, each code in one list"
        )
        codes = [_country(code) for code in listed] if isinstance(listed, list) else []
        if not (codes and all(codes) and _SLUG.fullmatch(str(slug)) and slug not in (WORLD, UNKNOWN)):
            raise section.invalid("groups", expected)
        groups[slug] = frozenset(filter(None, codes))
        if len(codes) != len(groups[slug]) or taken & groups[slug]:
            raise section.invalid("groups", expected)
        taken |= groups[slug]
    counted = {
        _country(territory): _country(country) for territory, country in section.mapping("counted_as").items()
    }
    if not all(territory and country and country not in counted for territory, country in counted.items()):
        raise section.invalid(
            "counted_as", "a mapping of country codes such as HK: CN; a target must not be remapped itself"
        )
    return RegionSettings(groups, {str(territory): str(country) for territory, country in counted.items()})


def _country(code: Any) -> str | None:
    # YAML 1.1 reads NO, Norway's code, as false.
    code = "NO" if code is False else code
    return code.upper() if isinstance(code, str) and code.upper() in SUBREGION_OF else None


def _checked_output(path: Path, output: str) -> str:
    scheme, separator, rest = output.partition("://")
    if separator and (scheme not in ("gs", "s3") or not rest.strip("/")):
        raise ConfigError(
            f"{path}: output: expected a folder, gs://bucket/path or s3://bucket/path, not {output!r}"
        )
    output = output.rstrip("/") if separator else str(Path(output).expanduser().absolute())
    # Beam's filesystems treat paths as patterns when they list or delete files.
    if any(character in output for character in "*?["):
        raise ConfigError(f"{path}: output: expected a path without * ? or [, not {output!r}")
    return output


def _feeds(path: Path, value: Any) -> tuple[FeedSource, ...]:
    if not isinstance(value, list) or not value:
        raise ConfigError(
            f"{path}: feeds: expected a list of at least one feed: a URL, or a mapping with url or opml"
        )
    sources: dict[str, FeedSource] = {}
    for index, item in enumerate(value):
        name = f"feeds[{index}]"
        if isinstance(item, str):
            feeds = [FeedSource(_checked_url(path, name, item))]
        elif isinstance(item, Mapping) and "opml" in item:
            section = _Section(path, name, item, ("opml",))
            feeds = read_opml(path.parent / (section.text("opml") or ""))
        elif isinstance(item, Mapping):
            feeds = [_feed(_Section(path, name, item, ("url", "publisher", "country")))]
        else:
            raise ConfigError(f"{path}: {name}: expected a URL, or a mapping with url or opml, not {item!r}")
        for feed in feeds:
            known = sources.get(feed.url)
            # A feed with settings says more than an OPML outline or a bare URL.
            if known is None or (known.publisher is None and known.country is None):
                sources[feed.url] = feed
    if not sources:
        raise ConfigError(f"{path}: feeds: expected at least one feed; the OPML files have none")
    return tuple(sources.values())


def _feed(section: _Section) -> FeedSource:
    country = section.text("country")
    if country is not None and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise section.invalid("country", "an ISO 3166-1 alpha-2 code such as CA")
    url = section.text("url")
    if url is None:
        raise ConfigError(f"{section.path}: {section.name}.url: expected the URL of a feed")
    return FeedSource(
        url=_checked_url(section.path, f"{section.name}.url", url),
        publisher=section.text("publisher"),
        country=country.upper() if country else None,
    )


def _checked_url(path: Path, name: str, url: str) -> str:
    url = url.strip()
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError(f"{path}: {name}: expected an http or https URL, not {url!r}")
    return url


def read_opml(path: Path) -> list[FeedSource]:
    """Return the feeds of an OPML file: every outline with an xmlUrl, at any depth.

    Reads without entity expansion or network (http://opml.org/spec2.opml). Raises ConfigError if the
    file cannot be read or is not OPML.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        if path.stat().st_size > MAX_OPML_BYTES:
            raise ConfigError(f"{path}: expected an OPML file of at most {MAX_OPML_BYTES:,} bytes")
        root = etree.fromstring(path.read_bytes(), parser)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from None
    except etree.XMLSyntaxError as error:
        raise ConfigError(f"{path}: expected an OPML file: {error.msg}") from None
    if etree.QName(root).localname.lower() != "opml":
        raise ConfigError(f"{path}: expected an OPML file, but its root element is <{root.tag}>")
    return [
        FeedSource(
            url=_checked_url(path, "xmlUrl", outline.get("xmlUrl")),
            publisher=(outline.get("title") or outline.get("text") or "").strip() or None,
        )
        for outline in root.iter("outline")
        if (outline.get("xmlUrl") or "").strip()
    ]
