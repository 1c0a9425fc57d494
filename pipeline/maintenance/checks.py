"""Checks of data files for verify: footers, and columns of ids and times; never text.

A row is identified by its article_id; a later version by its run as well. Ids are compared as 64-bit
hashes, 8 bytes per row. If two hashes are equal, the strings are compared, so no finding is false.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems

from pipeline.dataset.layout import Dataset
from pipeline.dataset.manifest import Finding, day_of
from pipeline.wording import counted
from transforms.records import UPDATE
from transforms.store.parquet import open_parquet, read_table
from transforms.store.tables import DATA_TABLES, DataFile, has_columns

Hashes = npt.NDArray[np.uint64]

HASHED_BYTES = 64
"""Hashed bytes of an id; article ids have 32. Ids that differ later are compared as strings."""
_FNV_OFFSET, _FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_DAY_US = 86_400_000_000
_ARTICLE_COLUMNS = ["article_id", "story_id", "published_at", "fetched_at"]
_COPY_COLUMNS = [*_ARTICLE_COLUMNS, "match", "run_id"]
_COLUMNS = {"articles": _ARTICLE_COLUMNS, "copies": _COPY_COLUMNS, "rejects": ["last_tried_at"]}
_UNREADABLE = (OSError, BeamIOError, pa.ArrowException)


@dataclasses.dataclass(frozen=True, slots=True)
class FileIds:
    """The ids of one data file."""

    path: str
    place: str
    """Path at which it was read, perhaps below _staging/."""
    articles: Hashes
    """Hashes of its rows, by `row_ids`."""
    stories: Hashes
    """Hashes of the stories of its copies, each once; empty for other tables."""
    updated: Hashes
    """Hashes of articles with later versions, each once."""


def check_file(
    dataset: Dataset, file: DataFile, place: str, size: int
) -> tuple[list[Finding], FileIds | None]:
    """Check one data file, read at `place`, against its manifest; return its findings and ids.

    No ids for rejects, or if the file cannot be read or has other columns; those are findings, not
    exceptions.
    """
    table = file.path.split("/", 1)[0]
    findings = []
    if size != file.bytes:
        findings.append(Finding(place, f"{size} bytes", f"{file.bytes}, as its manifest says"))
    try:
        with (
            FileSystems.open(dataset.path(place)) as opened,
            open_parquet(opened) as parquet,
        ):
            rows, schema = parquet.metadata.num_rows, parquet.schema_arrow
            if not has_columns(schema, DATA_TABLES[table].schema):
                problem = _difference(schema, DATA_TABLES[table].schema)
                return [*findings, Finding(place, problem, f"the columns of {table}/")], None
            columns = parquet.read(columns=_COLUMNS[table], use_threads=False)
    except _UNREADABLE as error:
        return [*findings, _unreadable(place, error)], None
    if rows != file.rows:
        findings.append(Finding(place, counted(rows, "row"), f"{file.rows}, as its manifest says"))
    findings += _check_rows(file.path, table, columns)
    if table == "rejects":
        return findings, None
    stories = updated = np.empty(0, np.uint64)
    if table == "copies":
        stories = np.unique(hash_strings(columns["story_id"]))
        updated = np.unique(hash_strings(columns["article_id"].filter(_are_later(columns))))
    return findings, FileIds(file.path, place, hash_strings(row_ids(columns)), stories, updated)


def _difference(actual: pa.Schema, expected: pa.Schema) -> str:
    missing = ", ".join(name for name in expected.names if name not in actual.names)
    unknown = ", ".join(name for name in actual.names if name not in expected.names)
    if missing or unknown:
        lacks = f"lacks columns: {missing}" if missing else ""
        has = f"has unknown columns: {unknown}" if unknown else ""
        return " and ".join(filter(None, (lacks, has)))
    for name in expected.names:
        if not actual.field(name).equals(expected.field(name)):
            return f"column {name} is {actual.field(name).type}, not {expected.field(name).type}"
    return "columns in another order"


def _check_rows(path: str, table: str, columns: pa.Table) -> Iterator[Finding]:
    if table == "articles":
        differ = pc.invert(pc.equal(columns["story_id"], columns["article_id"]))
        if number := pc.sum(differ).as_py():
            first = columns["article_id"].filter(differ)[0].as_py()
            yield Finding(
                path,
                f"{counted(number, 'row')} with the story_id of another article, such as {first}",
                "story_id to equal article_id in articles/",
            )
    day = day_of(path)
    # A folder with a wrong name is a finding about its manifest.
    if day is None or not len(columns):
        return
    if table == "rejects":
        dated, meaning = columns["last_tried_at"], "the UTC day of last_tried_at"
    else:
        dated = _dated_at(columns)
        meaning = "the UTC day of published_at (of fetched_at, if published_at is missing or later)"
    days = pc.fill_null(dated.cast(pa.int64()), np.iinfo(np.int64).min).to_numpy() // _DAY_US
    elsewhere = days != np.datetime64(day).astype(np.int64)
    if elsewhere.any():
        first = dated[int(np.argmax(elsewhere))].as_py()
        example = first or "one without a time"
        problem = f"{counted(int(np.count_nonzero(elsewhere)), 'row')} of another day, such as {example}"
        yield Finding(path, problem, f"date={day} to be {meaning}")


def _dated_at(columns: pa.Table) -> pa.ChunkedArray:
    """Return the column that transforms.records.Article.dated_at would give."""
    published, fetched = columns["published_at"], columns["fetched_at"]
    usable = pc.fill_null(pc.less_equal(published, fetched), False)
    return pc.if_else(usable, published, fetched)


def row_ids(columns: pa.Table) -> pa.ChunkedArray:
    """Return unique ids of rows: article ids, for later versions with the id of their run."""
    if "match" not in columns.column_names:
        return columns["article_id"]
    versions = pc.binary_join_element_wise(columns["article_id"], columns["run_id"], " ")
    return pc.if_else(_are_later(columns), versions, columns["article_id"])


def _are_later(columns: pa.Table) -> pa.ChunkedArray:
    return pc.fill_null(pc.equal(columns["match"], UPDATE), False)


def hash_strings(column: pa.ChunkedArray) -> Hashes:
    """Hash strings to 64 bits, by FNV-1a over their length and first bytes."""
    if not len(column):
        return np.empty(0, np.uint64)
    strings = pa.concat_arrays(column.chunks)
    _, offsets, content = strings.buffers()
    ends = np.frombuffer(offsets, np.int32)[strings.offset :][: len(strings) + 1].astype(np.int64)
    letters = np.frombuffer(content, np.uint8) if content else np.empty(0, np.uint8)
    starts, lengths = ends[:-1], np.diff(ends)
    result: Hashes = (lengths.astype(np.uint64) ^ _FNV_OFFSET) * _FNV_PRIME
    for position in range(min(HASHED_BYTES, int(lengths.max()))):
        longer = np.flatnonzero(lengths > position)
        result[longer] = (result[longer] ^ letters[starts[longer] + position]) * _FNV_PRIME
    return result


def duplicates(dataset: Dataset, files: Sequence[FileIds]) -> Iterator[Finding]:
    """Yield a finding per file that repeats article ids."""
    hashes, counts = np.unique(_concatenate(file.articles for file in files), return_counts=True)
    repeated = hashes[counts > 1]
    first: dict[str, str] = {}
    for file in files if len(repeated) else ():
        suspects = _are_members(file.articles, repeated)
        if not suspects.any():
            continue
        try:
            of_copies = file.path.startswith("copies/")
            names = ["article_id", *(("match", "run_id") if of_copies else ())]
            column = row_ids(read_table(dataset.path(file.place), names))
        except _UNREADABLE as error:
            yield _unreadable(file.place, error)
            continue
        repeats = []
        for article_id in column.filter(pa.array(suspects)).to_pylist():
            if article_id in first:
                repeats.append(article_id)
            else:
                first[article_id] = file.path
        if repeats:
            problem = (
                f"{counted(len(repeats), 'duplicate article_id')}, such as {repeats[0]}, "
                f"also in {first[repeats[0]]}"
            )
            expected = "each article_id once in articles/ and copies/ together, except later versions"
            yield Finding(file.path, problem, expected)


def orphaned_copies(dataset: Dataset, files: Sequence[FileIds]) -> Iterator[Finding]:
    """Yield a finding per file with copies whose story has no row in articles/."""
    stories = np.unique(_concatenate(file.articles for file in files if file.path.startswith("articles/")))
    for file in files:
        missing = file.stories[~_are_members(file.stories, stories)]
        if not len(missing):
            continue
        try:
            column = read_table(dataset.path(file.place), ["story_id"])["story_id"]
        except _UNREADABLE as error:
            yield _unreadable(file.place, error)
            continue
        rows = np.flatnonzero(_are_members(hash_strings(column), missing))
        first = column[int(rows[0])].as_py()
        problem = f"{counted(len(rows), 'copy', 'copies')} of missing stories, such as {first}"
        yield Finding(file.path, problem, "a row in articles/ for the story_id of every copy")


def orphaned_versions(files: Sequence[FileIds]) -> Iterator[Finding]:
    """Yield a finding per file with later versions of articles that have no other row."""
    articles = np.unique(_concatenate(file.articles for file in files))
    for file in files:
        if number := int(np.count_nonzero(~_are_members(file.updated, articles))):
            problem = f"later versions of {counted(number, 'article')} without another row"
            yield Finding(file.path, problem, "an earlier row for every article with later versions")


def _concatenate(arrays: Iterable[Hashes]) -> Hashes:
    return np.concatenate([np.empty(0, np.uint64), *arrays])


def _are_members(values: Hashes, members: Hashes) -> npt.NDArray[np.bool_]:
    """Mark the values that are members of a sorted array; numpy's isin would scan all members per file."""
    positions = np.searchsorted(members, values)
    positions[positions == len(members)] = 0
    return members[positions] == values if len(members) else np.zeros(len(values), np.bool_)


def _unreadable(place: str, error: Exception) -> Finding:
    lines = str(error).splitlines()
    return Finding(
        place,
        f"cannot be read: {lines[0] if lines else type(error).__name__}",
        "a Parquet file; restore it from a backup, because repair cannot rebuild rows",
    )
