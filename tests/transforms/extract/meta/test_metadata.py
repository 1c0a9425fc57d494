"""Metadata of a page: times, paywall, truncation, headlines."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.extraction import NOW, structured_data
from tests.support.trees import LONG, STORY, metadata_of, tree
from transforms.extract.meta.metadata import instants, is_truncated, read_metadata, without_site


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("2026-03-04T10:00:00+01:00", datetime(2026, 3, 4, 9, tzinfo=UTC)),
        ("2026-03-04 10:00:00 +0100", datetime(2026, 3, 4, 9, tzinfo=UTC)),
        ("Wed, 04 Mar 2026 10:00:00 GMT", datetime(2026, 3, 4, 10, tzinfo=UTC)),
        ("2026-03-04", datetime(2026, 3, 4, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_the_formats_of_pages(value: str, instant: datetime) -> None:
    assert instants(value) == (instant,)
    assert metadata_of(f"<meta name='date' content='{value}'>").published == (instant,)


def test_a_time_with_a_zone_counts_more_than_one_without() -> None:
    assert instants("2026-03-04T10:00:00", "2026-03-04T10:00:00+02:00", "soon")[0].hour == 8


def test_values_that_are_not_times_are_skipped() -> None:
    assert (
        instants("soon", "", None, "0001-01-01T00:00:00+23:59", "2026-13-45", "9999-12-31T23:59:59-12:00")
        == ()
    )


def test_a_page_that_declares_no_date_is_searched_for_one() -> None:
    body = f"<article><h1>Pier</h1><p>Published on March 3, 2026</p>{STORY}</article>"
    assert [instant.date().isoformat() for instant in metadata_of(body=body).published] == ["2026-03-03"]
    assert read_metadata(tree(body), NOW, dated=True).published == ()


@pytest.mark.parametrize(
    ("head", "paywalled"),
    [
        (structured_data(isAccessibleForFree=False), True),
        (structured_data(isAccessibleForFree="False"), True),
        (structured_data(isAccessibleForFree="http://schema.org/True"), False),
        (structured_data(isAccessibleForFree=True, hasPart={"isAccessibleForFree": "False"}), True),
        ("<meta property='article:content_tier' content='metered'>", True),
        ("<meta property='article:content_tier' content='free'>", False),
        ("", None),
    ],
)
def test_a_page_is_paywalled_if_it_declares_so(head: str, paywalled: bool | None) -> None:
    assert metadata_of(head).paywalled is paywalled


def test_a_text_that_breaks_off_or_lacks_many_declared_words_is_truncated() -> None:
    assert is_truncated("The harbour master counted …", None)
    assert is_truncated(LONG[0], 400)
    assert not is_truncated("\n\n".join(LONG), 60)


def test_a_headline_loses_the_name_of_its_site() -> None:
    assert without_site("Old pier | The Gazette", "The Gazette") == "Old pier"
    assert without_site("The Gazette: Old pier", "the gazette") == "Old pier"
    assert without_site("The Gazette", "The Gazette") == "The Gazette"
    assert without_site("All about The Gazette", "The Gazette") == "All about The Gazette"


def test_the_storys_headline_wins_over_the_sites() -> None:
    logo = "<title>Old pier to be sold - The Gazette</title>"
    assert metadata_of(logo, "<h1><a href='/'>The Gazette</a></h1>").headlines[0] == "Old pier to be sold"
    sections = "<meta property='og:title' content='Old pier to be sold | Sea | Gazette'>"
    assert metadata_of(sections, "<h1>Old pier to be sold</h1>").headlines == ("Old pier to be sold",)
    assert metadata_of("<title>Harbour: Old pier</title>", "<h1>Old pier</h1>").headlines[0] == "Old pier"
