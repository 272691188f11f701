"""Session: one user's takes, as FLAC files in a folder, with the tree beside them and what was derived from each.

A change works on a copy of the tree, which takes the place of the old one when it is on disk: a tree that was looked
at never changes. Several processes may keep one session: a change holds the lock of its file, and a tree that another
process wrote is read anew. Thread-safe; reads and writes files, so call it off the event loop.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from app.engine.errors import EngineError, SessionTooNew, StorageFailed, UnknownTake
from app.engine.facts.fact import Note
from app.engine.job import FinishReason
from app.engine.library.folders import flac_of, storing
from app.engine.sound.analysis import outline
from app.engine.sound.audio import Audio, loudness_lufs
from app.files import DRAFT_SUFFIX, locked, make_folder, write_whole
from app.studio.session_file import DAMAGED, NAME, read_session, write_session
from app.studio.takes import Step, Take, TakeTree

SOUND_SUFFIX = ".flac"
PRIVATE = 0o700  # of folders: recordings are nothing for other users of the machine
N_LOCKS = 64  # of all sessions: a lock of each would outlive it
_OF_A_TAKE = re.compile(r"[0-9a-f]{16}\..+")
_Written = tuple[int, int, int]  # which file it is, when it was written, its size


class Session:
    """One user's takes. `revision` grows with every change, so that a second window can tell that it is behind."""

    def __init__(self, folder: Path) -> None:
        """The session that lies in the folder; it is read when it is first asked for something."""
        self._folder = folder
        self._lock_file = folder.parent / f".lock-{zlib.crc32(folder.name.encode()) % N_LOCKS:02}"
        self._lock = threading.RLock()
        self._tree: TakeTree | None = None
        self._seen: _Written | None = None  # the file that the tree was read from, or written to
        self._refusal: EngineError | None = None  # why the tree on disk must not be replaced
        self._deriving: dict[Path, threading.Lock] = {}
        self.revision = 0

    @property
    def id(self) -> str:
        """The public id: whoever knows it cannot use the session."""
        return self._folder.name

    # ---- looking --------------------------------------------------------------------------------------------------

    def tree(self) -> TakeTree:
        """The tree as it is now, without takes that expired. It is not to be changed: `changing` is for that."""
        with self._lock:
            tree = self._read()
            gone = {take_id for take_id in tree.all if not self.path(take_id).exists()}
            if gone:
                tree = tree.copy()
                tree.forget(gone)
                self._show(tree)
            return tree

    def audio(self, take_id: str) -> Audio:
        """The sound of a take. Raises UnknownTake."""
        import soundfile

        self.tree().take(take_id)
        try:
            with self.path(take_id).open("rb") as file:
                samples, rate = soundfile.read(file, dtype="float32")
        except FileNotFoundError:
            raise UnknownTake from None
        return Audio(samples, rate)

    def path(self, take_id: str) -> Path:
        """The FLAC file of a take."""
        return self._folder / f"{take_id}{SOUND_SUFFIX}"

    def derived(self, take_id: str, name: str, make: Callable[[Audio], bytes]) -> bytes:
        """What `make` gives for the sound of a take: made once, kept under the name until the take is gone.

        Several callers who ask at the same time wait for one. Raises UnknownTake.
        """
        self.tree().take(take_id)
        path = self._folder / f"{take_id}.{name}"
        with self._lock:
            making = self._deriving.setdefault(path, threading.Lock())
        with making:
            with contextlib.suppress(FileNotFoundError):
                return path.read_bytes()
            data = make(self.audio(take_id))
            with contextlib.suppress(OSError), self._lock, locked(self._lock_file):  # else it is made again next time
                write_whole(path, data)
        with self._lock:
            self._deriving.pop(path, None)
        return data

    # ---- changing -------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def changing(self) -> Iterator[TakeTree]:
        """A copy of the tree to change; it is what is seen once the block ends well.

        Raises SessionTooNew; StorageFailed where the disk does not take the tree. Which take one stands on is kept in
        memory then, so that takes can be heard and saved elsewhere.
        """
        with self._lock, storing(), locked(self._lock_file):
            known = self.tree()
            if self._refusal is not None:
                raise self._refusal
            tree = known.copy()
            yield tree
            if not known.all and not tree.all:
                return  # whoever only looked around leaves nothing behind
            surplus = tree.surplus()
            tree.forget(surplus)
            try:
                write_session(self._folder, tree)
            except StorageFailed:
                if not _differs_in_place_alone(known, tree):
                    raise
            self._seen = _written(self._folder / NAME)
            self._show(tree)
            for take_id in surplus:
                self._delete(take_id)

    def add(
        self,
        audio: Audio,
        *,
        step: Step | None = None,
        parent_id: str | None = None,
        name: str = "",
        transcript: str = "",
        language: str = "",
        compute_s: float = 0.0,
        warnings: tuple[Note, ...] = (),
        voice: str = "",
        finish_reason: FinishReason = "end",
    ) -> Take:
        """Keep a sound as a new take and stand on it. Raises SessionTooNew, StorageFailed: nothing is kept then."""
        take_id = secrets.token_hex(8)
        loudness, peaks, sound = loudness_lufs(audio), outline(audio), flac_of(audio)
        try:
            with self.changing() as tree:
                self._open_folder()
                write_whole(self.path(take_id), sound)
                take = Take(
                    take_id,
                    tree.next_number(),
                    parent_id,
                    step,
                    name,
                    transcript,
                    language,
                    audio.duration_s,
                    compute_s,
                    loudness,
                    time.time(),
                    peaks,
                    warnings,
                    voice,
                    finish_reason,
                )
                tree.add(take)
        except BaseException:
            self._delete(take_id)
            raise
        return take

    def sweep(self, since: float) -> None:
        """Delete what a killed process left, and the folder when no sound lies in it and nobody wrote to it since that
        moment, in Unix seconds.
        """
        with self._lock, contextlib.suppress(OSError), locked(self._lock_file):
            known = self.tree().all  # a damaged file is set aside here
            paths = list(self._folder.iterdir())
            is_whole = self._refusal is None and not any(path.name.startswith(DAMAGED) for path in paths)
            for path in paths:  # under the lock nobody is writing
                is_orphan = _OF_A_TAKE.fullmatch(path.name) and path.name.partition(".")[0] not in known
                if path.name.endswith(DRAFT_SUFFIX) or (is_orphan and is_whole):
                    path.unlink(missing_ok=True)
            if self._folder.stat().st_mtime < since and not any(self._folder.glob(f"*{SOUND_SUFFIX}")):
                (self._folder / NAME).unlink(missing_ok=True)
                self._folder.rmdir()

    # ---- helpers --------------------------------------------------------------------------------------------------

    def _read(self) -> TakeTree:
        written = _written(self._folder / NAME)
        if self._tree is None or written != self._seen:
            self._seen, self._refusal = written, None
            self.revision += 1
            try:
                self._tree = read_session(self._folder)
            except (SessionTooNew, StorageFailed) as refusal:
                self._tree, self._refusal = TakeTree(), refusal
        return self._tree

    def _show(self, tree: TakeTree) -> None:
        self._tree = tree
        self.revision += 1

    def _open_folder(self) -> None:
        """Make the folder, and mark it as in use: it is not idle from now on."""
        make_folder(self._folder, PRIVATE)
        os.utime(self._folder)

    def _delete(self, take_id: str) -> None:
        for path in self._folder.glob(f"{take_id}.*"):
            path.unlink(missing_ok=True)


def _written(path: Path) -> _Written | None:
    """What tells one state of a file from the next; None without one. A rename gives it another number each time."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _differs_in_place_alone(one: TakeTree, other: TakeTree) -> bool:
    """True if nothing that somebody made or wrote differs, only where the session stands."""
    kept = [(tree.all, tree.view.names, tree.view.deleted) for tree in (one, other)]
    return kept[0] == kept[1]
