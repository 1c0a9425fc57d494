"""Candidates for copies out of Beam's state, keyed by shingle, against the index of files: time per article.

    python -m benchmarks.studies.shingle_state [--articles 300] [-- BEAM OPTIONS]

Why an endless job looks copies up in files. The same synthetic articles, every third
one a cut copy of an earlier one, first as one element a shingle through a stateful
DoFn keyed by shingle (it answers with the articles that held it, and forgets it after
the horizon) and a second one keyed by article that waits for all answers; then through
the index, in windows of 20. Without options it runs on Prism (`make prism`). The time
that one article takes, start-up that is, is left out of the first figure.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import apache_beam as beam
from apache_beam.coders import BytesCoder
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.transforms.userstate import (
    BagStateSpec,
    ReadModifyWriteStateSpec,
    TimerSpec,
    on_timer,
)

from pipeline.run.stream import streaming_options
from tests.support.newsroom import story
from transforms.copies import CopyIndex, Indexed, Signature, signature, write_segment
from transforms.copies.index import SHINGLES_KEPT
from transforms.copies.lookup import look_up
from transforms.records import Article
from transforms.store.coders import pack, unpack

NOW = datetime(2026, 3, 5, tzinfo=UTC)
HORIZON = timedelta(days=14)
WINDOW = 20
HOLDERS = 4
Pair = tuple[str, bytes]


class Recall(beam.DoFn):
    """(shingle, article) to (article, those that held the shingle before)."""

    HELD = ReadModifyWriteStateSpec("held", BytesCoder())
    FORGET = TimerSpec("forget", TimeDomain.WATERMARK)

    def process(
        self,
        element: Pair,
        held: Any = beam.DoFn.StateParam(HELD),
        forget: Any = beam.DoFn.TimerParam(FORGET),
        timestamp: Any = beam.DoFn.TimestampParam,
    ) -> Iterator[Pair]:
        before = held.read()
        holders = unpack(before) if before else []
        article = element[1].decode()
        yield article, pack(holders)
        if len(holders) < HOLDERS:
            held.write(pack([*holders, article]))
        forget.set(timestamp + HORIZON.total_seconds())

    @on_timer(FORGET)
    def forget(self, held: Any = beam.DoFn.StateParam(HELD)) -> None:
        held.clear()


class Gather(beam.DoFn):
    """(article, answer to one shingle) to one element when all have come."""

    ANSWERS = BagStateSpec("answers", BytesCoder())
    COUNT = ReadModifyWriteStateSpec("count", BytesCoder())

    def __init__(self, sizes: dict[str, int]) -> None:
        self.sizes = sizes

    def process(
        self,
        element: Pair,
        answers: Any = beam.DoFn.StateParam(ANSWERS),
        count: Any = beam.DoFn.StateParam(COUNT),
    ) -> Iterator[tuple[str, int]]:
        number = int(count.read() or b"0") + 1
        answers.add(element[1])
        count.write(str(number).encode())
        if number == self.sizes[element[0]]:
            yield element[0], len({holder for answer in answers.read() for holder in unpack(answer)})
            answers.clear()


def articles(number: int) -> list[Signature]:
    """Synthetic articles; every third one is a cut copy."""
    found = []
    for at in range(number):
        told = story(at - 1)[:3] if at % 3 == 2 else story(at)
        one = Article(f"{at:032x}", "", "", "", "", f"Title {at}", "\n\n".join(told), NOW)
        found.append(signature(one))
    return found


def by_state(signatures: list[Signature], options: PipelineOptions) -> float:
    """Seconds that the articles take through a pipeline with state."""
    elements = [
        (f"{key:016x}", one.article_id.encode())
        for one in signatures
        for key in one.shingles[:SHINGLES_KEPT].tolist()
    ]
    sizes = {one.article_id: len(one.shingles[:SHINGLES_KEPT]) for one in signatures}
    started = time.perf_counter()
    pipeline = beam.Pipeline(options=options)
    pair = beam.typehints.KV[str, bytes]
    created = pipeline | beam.Create(elements).with_output_types(pair)
    recalled = created | beam.ParDo(Recall()).with_output_types(pair)
    _ = recalled | beam.ParDo(Gather(sizes)).with_output_types(beam.typehints.KV[str, int])
    pipeline.run().wait_until_finish()
    return time.perf_counter() - started


def by_index(signatures: list[Signature]) -> float:
    """Seconds that the articles take through the index, window by window."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        segments: list[str] = []
        for start in range(0, len(signatures), WINDOW):
            window = signatures[start : start + WINDOW]
            known = CopyIndex(segments, NOW - HORIZON)
            for found in look_up(window, known):
                known.load(row for rows in found.alike.values() for row in rows)
            segments.append(f"{folder}/{start}")
            write_segment(segments[-1], [Indexed(one.article_id, NOW, one) for one in window])
        return time.perf_counter() - started


def main() -> int:
    """Prints both times and their ratio."""
    ours, theirs = sys.argv[1:], list[str]()
    if "--" in ours:
        cut = ours.index("--")
        ours, theirs = ours[:cut], ours[cut + 1 :]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=300)
    args = parser.parse_args(ours)
    options = streaming_options(theirs)
    signatures = articles(args.articles)
    start_up = by_state(signatures[:1], options)
    state = (by_state(signatures, options) - start_up) / len(signatures)
    index = by_index(signatures) / len(signatures)
    print(f"state: {1000 * state:.1f} ms an article, index: {1000 * index:.1f} ms, {state / index:.0f} times")
    return 0


if __name__ == "__main__":
    sys.exit(main())
