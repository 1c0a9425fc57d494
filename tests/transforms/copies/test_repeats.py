"""DropRepeats: each article is filed once, whatever the order of its entries."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import timedelta

from tests.support.extraction import PARAGRAPHS, extracted
from tests.support.sites import article_page
from transforms.copies.repeats import first_of
from transforms.records import BlobRef
from transforms.store.spill import article_ref


def test_one_of_two_entries_with_the_same_page_is_filed_in_any_order() -> None:
    nowhere = BlobRef("", 0, 0)
    first = article_ref(extracted(article_page("F", PARAGRAPHS)), nowhere, nowhere)
    second = dataclasses.replace(first, feed_url=first.feed_url + "2")
    for refs in ([first, second], [second, first]):
        new, update, rejects = first_of(refs, filed_before=False)
        assert (new, update) == (first, None)
        assert [(reject.reason, reject.feed_url) for reject in rejects] == [("duplicate", second.feed_url)]
    new, update, rejects = first_of([first], filed_before=True)
    assert (new, update, len(rejects)) == (None, None, 1)


def test_the_later_of_two_updates_of_a_page_is_filed_in_any_order() -> None:
    nowhere = BlobRef("", 0, 0)
    known = article_ref(extracted(article_page("F", PARAGRAPHS)), nowhere, nowhere)
    early = dataclasses.replace(known, update=True, keys=("early",))
    late = dataclasses.replace(early, fetched_at=known.fetched_at + timedelta(minutes=1), keys=("late",))
    for refs in itertools.permutations([known, early, late]):
        new, update, rejects = first_of(refs, filed_before=True)
        assert (new, update, [reject.keys for reject in rejects]) == (None, late, [("early",), known.keys])
        # An update may arrive before the article that it updates.
        new, update, rejects = first_of(refs, filed_before=False)
        assert (new, update, len(rejects)) == (late, None, 2)
