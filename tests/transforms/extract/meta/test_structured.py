"""JSON-LD of a page, in the forms that sites write it."""

from __future__ import annotations

import pytest

from tests.support.extraction import NOW, PARAGRAPHS, structured_data
from tests.support.sites import article_page
from transforms.extract.page import read_page


@pytest.mark.parametrize(
    "form",
    ["{}", "{};", "<!-- {} -->", "//<![CDATA[\n{}\n//]]>", "/*<![CDATA[*/[{}]/*]]>*/", "[{}] []", "\ufeff{}"],
)
@pytest.mark.parametrize("quote", ['"', "&quot;"])
def test_json_ld_is_read_in_all_forms_that_pages_use(form: str, quote: str) -> None:
    data = form.replace("{}", '{"@type": "NewsArticle", "inLanguage": "fi"}').replace('"', quote)
    head = f'<script type="application/ld+json; charset=utf-8">{data}</script>'
    metadata, _ = read_page(article_page("F", PARAGRAPHS, head, language="").encode(), "utf-8", NOW)
    assert metadata.language == "fi"


def test_broken_json_ld_is_skipped() -> None:
    head = '<script type="application/ld+json">{"@type": "NewsArticle", </script>' + structured_data(
        inLanguage="fi"
    )
    metadata, _ = read_page(article_page("F", PARAGRAPHS, head, language="").encode(), "utf-8", NOW)
    assert metadata.language == "fi"
