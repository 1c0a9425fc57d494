"""Puts the files of a compaction in the place of those they replace, so that a reader finds either.

On a local disk each partition's folder is exchanged with one built beside it, in
one step of the file system. A reader that listed a folder before and opens a file
after is told that there is no such file: an error, never a wrong count. Where the
system cannot exchange (neither Linux nor macOS, or a file system without it) two
renames leave the partition out for a moment. On an object store there is no such step
either: the new file is copied and then the old ones are deleted, and a plain reader that
lists between the two sees the partition's rows twice.

Everything here can be repeated after it was cut short at any point.
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
"""Between the last exchange and the removal of old folders: a reader that has one open lists it meanwhile."""
AT_FDCWD = -100
RENAME_EXCHANGE = 2  # Linux, renameat2(2).
RENAME_SWAP = 2  # macOS, renamex_np(2).
_CANNOT = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
COPYING = ".copying"


@dataclass(frozen=True, slots=True)
class Part:
    """What a compaction does to one partition; names within its folder."""

    folder: str
    new: tuple[str, ...]
    old: frozenset[str]


def parts_of(manifest: Mapping[str, Any]) -> Iterator[Part]:
    """The partitions that a compaction's manifest changes."""
    new: dict[str, list[str]] = {}
    old: dict[str, set[str]] = {}
    for file in manifest["files"]:
        folder, _, name = file["path"].rpartition("/")
        new.setdefault(folder, []).append(name)
    for path in manifest["replaces"]:
        folder, _, name = path.rpartition("/")
        old.setdefault(folder, set()).add(name)
    for folder in sorted(new):
        yield Part(folder, tuple(sorted(new[folder])), frozenset(old.get(folder, ())))


def exchange(output: str, staging: str, manifest: Mapping[str, Any]) -> None:
    """Puts all files of a committed compaction in their places, from its folder `staging`.

    What is in `staging` afterwards is not needed any more. Raises DatasetError where
    a file is neither there nor in its place.
    """
    parts = list(parts_of(manifest))
    if "://" in output:
        for part in parts:
            replace_files(f"{output}/{part.folder}", f"{staging}/{part.folder}", part)
        return
    for part in parts:
        exchange_folder(Path(output, part.folder), Path(staging, part.folder), part)
    for part in parts:
        # The disk holds the new files before the old ones go.
        folder = Path(output, part.folder)
        sync(*(folder / name for name in part.new), folder, folder.parent)
    time.sleep(GRACE_S)


def exchange_folder(final: Path, staged: Path, part: Part) -> None:
    """One partition on a local disk: afterwards `staged` is the old folder, or gone."""
    waiting = [name for name in part.new if (staged / name).exists()]
    _require(str(final), (name for name in part.new if name not in waiting and not (final / name).exists()))
    if len(waiting) < len(part.new) or not part.new:
        # Exchanged before; or somebody has moved the files one by one.
        for name in waiting:
            (staged / name).rename(final / name)
        for name in part.old:
            (final / name).unlink(missing_ok=True)
        return
    if not final.exists():
        # Cut short between the two renames below.
        final.parent.mkdir(parents=True, exist_ok=True)
        staged.rename(final)
        return
    _link_others(final, staged, part.old)
    if not swap(final, staged):
        # For a moment the partition is not there: no system call, or no file system, that does better.
        final.rename(staged.with_name(f"{staged.name}.old"))
        staged.rename(final)


def replace_files(final: str, staged: str, part: Part) -> None:
    """One partition on any Beam filesystem: copies the new files, then deletes the old ones."""
    waiting = [name for name in part.new if FileSystems.exists(f"{staged}/{name}")]
    _require(
        final,
        (name for name in part.new if name not in waiting and not FileSystems.exists(f"{final}/{name}")),
    )
    if waiting:
        FileSystems.copy([f"{staged}/{name}" for name in waiting], [f"{final}/{name}" for name in waiting])
    old = [path for name in sorted(part.old) if FileSystems.exists(path := f"{final}/{name}")]
    if old:
        FileSystems.delete(old)


def swap(one: Path, other: Path) -> bool:
    """Exchanges the names of two folders in one step; False where the system or the disk cannot."""
    libc = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    try:
        if sys.platform == "darwin":
            failed = libc.renamex_np(first, second, RENAME_SWAP)
        else:
            failed = libc.renameat2(AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE)
    except AttributeError:
        return False
    if not failed:
        return True
    code = ctypes.get_errno()
    if code in _CANNOT:
        return False
    raise OSError(code, os.strerror(code), str(one), None, str(other))


def sync(*paths: Path) -> None:
    """Waits until files and folders are on the disk."""
    for path in dict.fromkeys(paths):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _require(folder: str, missing: Iterable[str]) -> None:
    for name in missing:
        raise DatasetError(f"{folder}/{name}: missing, expected what a committed compaction made")


def _link_others(final: Path, staged: Path, old: frozenset[str]) -> None:
    """Gives the twin everything in a folder that is not replaced, and the folder's mode."""
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
        # Not every file system has hard links. What was copied in part has another name.
        partial = target.with_name(COPYING)
        shutil.copy2(source, partial, follow_symlinks=False)
        partial.replace(target)
