"""Authors of a page, split and cleaned."""

from __future__ import annotations

import pytest

from tests.support.extraction import structured_data
from tests.support.trees import metadata_of
from transforms.extract.meta.authors import split_names


@pytest.mark.parametrize(
    ("head", "body", "authors"),
    [
        (structured_data(author="Ann Keeper and Bo Sailor"), "", ("Ann Keeper", "Bo Sailor")),
        (
            structured_data(author=[{"name": "Ann Keeper"}, {"name": "Bo Sailor"}]),
            "",
            ("Ann Keeper", "Bo Sailor"),
        ),
        (structured_data(author={"givenName": "Ann", "familyName": "Keeper"}), "", ("Ann Keeper",)),
        ("<meta name='author' content='Ann Keeper, Bo Sailor'>", "", ("Ann Keeper", "Bo Sailor")),
        (structured_data(author="AFP, MANILA"), "", ("AFP, MANILA",)),
        (
            structured_data(author={"name": "Ann Keeper"}),
            "<a rel='author'>Ann Keeper</a><a rel='author'>Bo Sailor</a>",
            ("Ann Keeper", "Bo Sailor"),
        ),
        (
            structured_data(
                author={"@type": "Organization", "name": "Gazette"}, publisher={"name": "Gazette"}
            ),
            "<p class='byline'>Von Ann Keeper</p>",
            ("Ann Keeper",),
        ),
        (
            "",
            "<div>By <a class='author-name'>Ann Keeper</a> and <a class='author-name'>Bo Sailor</a></div>"
            "<div><a class='author-name'>Cy Other</a></div>",
            ("Ann Keeper", "Bo Sailor"),
        ),
        (
            structured_data(author={"@type": "Organization", "name": "dpa"}),
            "<p class='byline'>Ann Keeper</p>",
            ("dpa",),
        ),
    ],
)
def test_authors_are_split_and_cleaned(head: str, body: str, authors: tuple[str, ...]) -> None:
    assert metadata_of(head, body).authors == authors


def test_a_name_of_two_words_and_more_is_not_cut() -> None:
    assert split_names(["By Ministry of Health and Welfare"]) == ("Ministry of Health and Welfare",)
    assert split_names(["par Zoé Ferrand et Luc Martin"]) == ("Zoé Ferrand", "Luc Martin")
