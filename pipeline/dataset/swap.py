"""Swap the files of a compaction for the files that they replace; readers find either.

On a local disk each partition folder is exchanged with one built next to it, in one step of the filesystem.
A reader that listed a folder before and opens a file after gets a missing-file error, never a wrong count.
If the system cannot exchange folders (neither Linux nor macOS, or an unsupported filesystem), two renames
hide the partition for a moment. On an object store the new file is copied and then the old ones are
deleted; a reader that lists in between sees the partition's rows twice.

Every operation can be repeated after it was cut short at any point.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apache_beam.io.filesystems import FileSystems

from pipeline.errors import DatasetError

GRACE_S = 0.2
"""Seconds between the last exchange and the removal of old folders, for readers that hold one open."""
AT_FDCWD = -100  # Paths are relative to the current folder.
RENAME_EXCHANGE = 2  # Linux, renameat2(2).
RENAME_SWAP = 2  # macOS, renamex_np(2).
_CANNOT = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
COPYING = ".copying"
"""Name of a file that is being copied."""


@dataclass(frozen=True, slots=True)
class PartitionChange:
    """Files that a compaction adds to a partition, and the ones that they replace."""

    folder: str
    new: tuple[str, ...]
    """Names of files, relative to the folder."""
    old: frozenset[str]


def partition_changes(manifest: Mapping[str, Any]) -> Iterator[PartitionChange]:
    """Yield the changes that a compaction's manifest lists, partition by partition."""
    new: dict[str, list[str]] = {}
    old: dict[str, set[str]] = {}
    for file in manifest["files"]:
        folder, _, name = file["path"].rpartition("/")
        new.setdefault(folder, []).append(name)
    for path in manifest["replaces"]:
        folder, _, name = path.rpartition("/")
        old.setdefault(folder, set()).add(name)
    for folder in sorted(new):
        yield PartitionChange(folder, tuple(sorted(new[folder])), frozenset(old.get(folder, ())))


def swap_all(output: str, staging: str, manifest: Mapping[str, Any]) -> None:
    """Put all files of a committed compaction into place, from its folder `staging`.

    Afterwards `staging` can be removed. Raises DatasetError if a file is neither there nor in place.
    """
    changes = list(partition_changes(manifest))
    if "://" in output:
        for change in changes:
            replace_files(f"{output}/{change.folder}", f"{staging}/{change.folder}", change)
        return
    for change in changes:
        swap_folder(Path(output, change.folder), Path(staging, change.folder), change)
    for change in changes:
        # The new files must be on disk before the old ones go.
        folder = Path(output, change.folder)
        sync(*(folder / name for name in change.new), folder, folder.parent)
    time.sleep(GRACE_S)


def swap_folder(final: Path, staged: Path, change: PartitionChange) -> None:
    """Swap one partition on a local disk; afterwards `staged` is the old folder, or gone."""
    waiting = [name for name in change.new if (staged / name).exists()]
    _require(str(final), (name for name in change.new if name not in waiting and not (final / name).exists()))
    if len(waiting) < len(change.new) or not change.new:
        # Swapped earlier, or someone moved the files one by one.
        for name in waiting:
            (staged / name).rename(final / name)
        for name in change.old:
            (final / name).unlink(missing_ok=True)
        return
    if not final.exists():
        # Cut short between the two renames below.
        final.parent.mkdir(parents=True, exist_ok=True)
        staged.rename(final)
        return
    _link_others(final, staged, change.old)
    if not swap_names(final, staged):
        # The partition is missing for a moment; no better way exists here.
        final.rename(staged.with_name(f"{staged.name}.old"))
        staged.rename(final)


def replace_files(final: str, staged: str, change: PartitionChange) -> None:
    """Replace the files of one partition on any Beam filesystem.

    New files are copied before the old ones are deleted.
    """
    waiting = [name for name in change.new if FileSystems.exists(f"{staged}/{name}")]
    _require(
        final,
        (name for name in change.new if name not in waiting and not FileSystems.exists(f"{final}/{name}")),
    )
    if waiting:
        FileSystems.copy([f"{staged}/{name}" for name in waiting], [f"{final}/{name}" for name in waiting])
    old = [path for name in sorted(change.old) if FileSystems.exists(path := f"{final}/{name}")]
    if old:
        FileSystems.delete(old)


def swap_names(first: Path, second: Path) -> bool:
    """Exchange the names of two folders in one step; return False if that is not supported."""
    libc = ctypes.CDLL(None, use_errno=True)
    here, there = os.fsencode(first), os.fsencode(second)
    try:
        if sys.platform == "darwin":
            failed = libc.renamex_np(here, there, RENAME_SWAP)
        else:
            failed = libc.renameat2(AT_FDCWD, here, AT_FDCWD, there, RENAME_EXCHANGE)
    except AttributeError:
        return False
    if not failed:
        return True
    code = ctypes.get_errno()
    if code in _CANNOT:
        return False
    raise OSError(code, os.strerror(code), str(first), None, str(second))


def sync(*paths: Path) -> None:
    """Wait until files and folders are on disk."""
    for path in dict.fromkeys(paths):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _require(folder: str, missing: Iterable[str]) -> None:
    for name in missing:
        raise DatasetError(f"{folder}/{name}: missing, expected the file of a committed compaction")


def _link_others(final: Path, staged: Path, old: frozenset[str]) -> None:
    """Link everything that is not replaced into the new folder, and copy the folder's mode."""
    for entry in sorted(final.iterdir()):
        target = staged / entry.name
        if entry.name in old or target.exists():
            continue
        if entry.is_dir() and not entry.is_symlink():
            target.mkdir()
            _link_others(entry, target, frozenset())
        else:
            _link(entry, target)
    shutil.copymode(final, staged)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError):
        # Not every filesystem has hard links. A partial copy has another name.
        partial = target.with_name(COPYING)
        shutil.copy2(source, partial, follow_symlinks=False)
        partial.replace(target)
