"""Session: one user's takes, as FLAC files in a folder, with the tree beside them and what was derived from each.

A change works on a copy of the tree, which takes the place of the old one when it is on disk: a tree that was looked
at never changes. Several processes may keep one session: a change holds the lock of its file, and a tree that another
process wrote is read anew. Thread-safe; reads and writes files, so call it off the event loop.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import secrets
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from app.engine.content.checks import Scores
from app.engine.content.stretches import Stretch
from app.engine.content.words import Words
from app.engine.errors import EngineError, RevisionPassed, SessionTooNew, StorageFailed, TakeNotReady, UnknownTake
from app.engine.facts.fact import Note
from app.engine.job import FinishReason
from app.engine.library.folders import flac_of, storing
from app.engine.sound.analysis import outline
from app.engine.sound.audio import Audio, loudness_lufs
from app.files import DRAFT_SUFFIX, Lease, locked, make_folder, write_whole
from app.studio.failures import Failure
from app.studio.session_file import DAMAGED, NAME, read_session, write_session
from app.studio.takes import Step, Take, TakeState, TakeTree

SOUND_SUFFIX, LEASE_SUFFIX = ".flac", ".lease"
WORDS = "words-1.json"  # of the kept file; another number for another form
PRIVATE = 0o700  # of folders: recordings are nothing for other users of the machine
SILENT_MAX_AGE_S = 86_400.0  # of takes that were never made: nothing but their failure is kept
VISIT_S = 3600.0  # how exactly it is known when somebody had it open
N_LOCKS = 64  # of all sessions: a lock of each would outlive it
_OF_A_TAKE = re.compile(r"[0-9a-f]{16}\..+")
_Written = tuple[int, int, int]  # which file it is, when it was written, its size


@dataclass(frozen=True, slots=True)
class Ending:
    """What is known of a job once it is over."""

    compute_s: float = 0.0
    warnings: tuple[Note, ...] = ()
    finish_reason: FinishReason = "end"
    state: TakeState = "done"
    stretches: tuple[Stretch, ...] | None = None
    scores: Scores | None = None


RECORDED = Ending()


@dataclass(frozen=True, slots=True)
class Said:
    """What is said in a take and when; `language` as it was heard, "" where nobody listened."""

    words: Words
    language: str = ""


_SAID = TypeAdapter(Said)


class Session:
    """One user's takes. `opened_by` is the key of who asks, "" without one: the session's owner, or of a new one the
    owner to be. Doors open no session for anybody else.
    """

    def __init__(self, folder: Path) -> None:
        """The session that lies in the folder; it is read when it is first asked for something."""
        self.opened_by = ""
        self._folder = folder
        self._lock_file = lock_file_of(folder)
        self._lock = threading.RLock()
        self._tree: TakeTree | None = None
        self._seen: _Written | None = None  # the file that the tree was read from, or written to
        self._refusal: EngineError | None = None  # why the tree on disk must not be replaced
        self._visited_at = -math.inf  # by time.monotonic()
        self._deriving: dict[Path, threading.Lock] = {}

    @property
    def id(self) -> str:
        """The public id. Where no keys are asked for it opens the session over the API."""
        return self._folder.name

    @property
    def owner(self) -> str:
        """The key whose session it is, or ""; as it was last seen."""
        return self._tree.owner if self._tree is not None else ""

    @property
    def reader(self) -> str:
        """Whose saved voices may be named in it: those of the key that asks, else its own."""
        return f"key {self.opened_by}" if self.opened_by else self.own_reader

    @property
    def own_reader(self) -> str:
        """Who reads the voices that were saved in it without a key."""
        return f"session {self.id}"

    @property
    def is_visit_news(self) -> bool:
        """Whether it is time to note that somebody has it open."""
        return time.monotonic() - self._visited_at > VISIT_S

    @property
    def was_read(self) -> bool:
        """Whether `owner` and `revision` are those of a tree that was seen."""
        return self._tree is not None

    @property
    def revision(self) -> int:
        """Grows with every change, so that a second window can tell that it is behind; as it was last seen."""
        return self._tree.revision if self._tree is not None else 0

    # ---- looking --------------------------------------------------------------------------------------------------

    def tree(self) -> TakeTree:
        """The tree as it is now, without takes that expired. It is not to be changed: `changing` is for that."""
        with self._lock:
            tree = self._read()
            gone = {take.id for take in tree.all.values() if self._is_gone(take)}
            if gone:
                tree = tree.copy()
                tree.forget(gone)
                tree.revision += 1
                self._tree = tree
            return tree

    @property
    def exists(self) -> bool:
        """Whether anything is kept of it."""
        return (self._folder / NAME).exists()

    def audio(self, take_id: str) -> Audio:
        """The sound of a take, with its words where their times are known. Raises UnknownTake, TakeNotReady."""
        import soundfile

        take = self.tree().take(take_id)
        if not take.has_sound:
            raise TakeNotReady(take.state)
        try:
            with self.path(take_id).open("rb") as file:
                samples, rate = soundfile.read(file, dtype="float32")
        except FileNotFoundError:
            raise UnknownTake from None
        said = self.said(take_id)
        return Audio(samples, rate, said.words if said else None)

    def path(self, take_id: str) -> Path:
        """The FLAC file of a take."""
        return self._folder / f"{take_id}{SOUND_SUFFIX}"

    def derived(self, take_id: str, name: str, make: Callable[[Audio], bytes]) -> bytes:
        """What `make` gives for the sound of a take: made once, kept under the name until the take is gone.

        Several callers who ask at the same time wait for one. Raises UnknownTake, TakeNotReady, and what `make` raises.
        """
        self.tree().take(take_id)
        path = self._folder / f"{take_id}.{name}"
        with self._lock:
            making = self._deriving.setdefault(path, threading.Lock())
        try:
            with making:
                with contextlib.suppress(FileNotFoundError):
                    return path.read_bytes()
                data = make(self.audio(take_id))
                self.keep(take_id, name, data)
            return data
        finally:
            with self._lock:
                self._deriving.pop(path, None)

    def kept(self, take_id: str, name: str) -> bytes | None:
        """What was kept with a take under the name; None where nothing is. Raises UnknownTake."""
        self.tree().take(take_id)
        try:
            return (self._folder / f"{take_id}.{name}").read_bytes()
        except FileNotFoundError:
            return None

    def keep_said(self, take_id: str, said: Said) -> None:
        """Keep what is said in a take and when, if the disk takes it."""
        self.keep(take_id, WORDS, _SAID.dump_json(said))

    def said(self, take_id: str) -> Said | None:
        """What is said in a take and when; None where that is not known."""
        kept = self.kept(take_id, WORDS)
        with contextlib.suppress(ValidationError):  # a damaged file is none: it can be found again
            return None if kept is None else _SAID.validate_json(kept)
        return None

    def keep(self, take_id: str, name: str, data: bytes) -> None:
        """Keep with a take what can be made again, if the disk takes it."""
        with contextlib.suppress(OSError), self._lock, locked(self._lock_file):
            write_whole(self._folder / f"{take_id}.{name}", data)

    # ---- changing -------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def changing(self, expected: int | None = None) -> Iterator[TakeTree]:
        """A copy of the tree to change; it is what is seen once the block ends well. `expected` is the revision that
        the caller saw, None where that does not matter.

        Raises RevisionPassed, SessionTooNew; StorageFailed where the disk does not take the tree. Which take one
        stands on is kept in memory then, so that takes can be heard and saved elsewhere.
        """
        with self._lock, storing(), locked(self._lock_file):
            known = self.tree()
            if self._refusal is not None:
                raise self._refusal
            if expected is not None and expected != known.revision:
                raise RevisionPassed(known.revision)
            tree = known.copy()
            yield tree
            if not known.all and not tree.all and not tree.created_at:
                return  # whoever only looked around leaves nothing behind
            self._found(tree)
            surplus = tree.surplus()
            tree.forget(surplus)
            tree.revision += 1
            try:
                write_session(self._folder, tree)
            except StorageFailed:
                if not _differs_in_place_alone(known, tree):
                    raise
            self._seen = _written(self._folder / NAME)
            self._tree = tree
            for take_id in surplus:
                self._delete(take_id)

    def begin(self) -> None:
        """Keep the session, empty as it is. Raises SessionTooNew, StorageFailed."""
        with self.changing() as tree:
            self._open_folder()
            self._found(tree)

    def add(
        self,
        audio: Audio,
        *,
        steps: tuple[Step, ...] = (),
        parent_id: str | None = None,
        name: str = "",
        transcript: str = "",
        language: str = "",
        voice: str = "",
        ending: Ending = RECORDED,
        expected: int | None = None,
    ) -> Take:
        """Keep a sound as a new take and stand on it. Raises SessionTooNew, StorageFailed: nothing is kept then."""
        take = replace(_new(steps, parent_id, name), transcript=transcript, language=language, voice=voice)
        facts, sound = _facts(audio, ending), flac_of(audio)
        try:
            with self.changing(expected) as tree:
                self._open_folder()
                self._write(take.id, audio, sound)
                take = replace(take, number=tree.next_number(), **facts)
                tree.add(take)
        except BaseException:
            self._delete(take.id)
            raise
        return take

    def queue(
        self, plans: Sequence[tuple[Step, ...]], parent_id: str, name: str = "", expected: int | None = None
    ) -> list[tuple[Take, Lease]]:
        """Put in a take for each plan, whose sound is still to be made by who holds its lease.

        Raises UnknownTake, and as `changing`: nothing is kept then.
        """
        queued: list[tuple[Take, Lease]] = []
        try:
            with self.changing(expected) as tree:
                self._open_folder()
                tree.take(parent_id)
                for steps in plans:
                    take = replace(_new(steps, parent_id, name), number=tree.next_number(), state="queued")
                    lease = self.lease(take.id)
                    assert lease is not None, "nobody else knows the take"
                    tree.add(take)
                    queued.append((take, lease))
        except BaseException:
            for _, lease in queued:
                lease.end()
            raise
        return queued

    def lease(self, take_id: str) -> Lease | None:
        """The right to make a take that is queued; None while another has it. Raises OSError."""
        return Lease.taken(self._folder / f"{take_id}{LEASE_SUFFIX}")

    def complete(self, take_id: str, audio: Audio, transcript: str, language: str, ending: Ending) -> Take:
        """Give a queued take its sound. Raises UnknownTake where it is gone, SessionTooNew, StorageFailed."""
        facts, sound = _facts(audio, ending), flac_of(audio)
        with self.changing() as tree:
            take = _queued(tree, take_id)
            self._write(take_id, audio, sound)
            take = replace(take, transcript=transcript, language=language, **facts)
            tree.finish(take)
        return take

    def fail(self, take_id: str, failure: Failure | None) -> None:
        """A queued take will never have a sound: for this reason, or because nobody wants it. Raises as `complete`."""
        with self.changing() as tree:
            take = _queued(tree, take_id)
            tree.finish(replace(take, state="failed" if failure else "cancelled", failure=failure))

    def forget(self) -> None:
        """Delete all of it. Raises StorageFailed."""
        with self._lock, storing(), locked(self._lock_file):
            for path in sorted(self._folder.glob("*"), key=lambda path: path.name == NAME, reverse=True):
                path.unlink(missing_ok=True)  # the tree first: what is left without it is swept
            with contextlib.suppress(FileNotFoundError):
                self._folder.rmdir()
            self._tree, self._seen, self._refusal = None, None, None

    def note_visit(self) -> None:
        """Somebody has it open, so that it is not idle. Touches the folder of one that is kept."""
        self._visited_at = time.monotonic()
        with contextlib.suppress(OSError):
            os.utime(self._folder)

    def sweep(self, since: float) -> bool:
        """Delete what a killed process left, and the folder when no sound lies in it and nobody visited or wrote to it
        since that moment, in Unix seconds; whether it is gone.
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
                return True
        return False

    # ---- helpers --------------------------------------------------------------------------------------------------

    def _read(self) -> TakeTree:
        written = _written(self._folder / NAME)
        if self._tree is None or written != self._seen:
            self._seen, self._refusal = written, None
            try:
                self._tree = read_session(self._folder)
            except (SessionTooNew, StorageFailed) as refusal:
                self._tree, self._refusal = TakeTree(), refusal
        return self._tree

    def _is_gone(self, take: Take) -> bool:
        """Whether the sound of a take has expired, or it never had one and nobody needs to know that any more."""
        if take.has_sound:
            return not self.path(take.id).exists()
        return take.state != "queued" and take.created_at < time.time() - SILENT_MAX_AGE_S

    def _found(self, tree: TakeTree) -> None:
        """Note whose session it is, where that has not been noted."""
        if not tree.created_at:
            tree.created_at, tree.owner = time.time(), self.opened_by

    def _write(self, take_id: str, audio: Audio, sound: bytes) -> None:
        """Write a sound, packed, and its words: what names it comes after."""
        if audio.words is not None:
            write_whole(self._folder / f"{take_id}.{WORDS}", _SAID.dump_json(Said(audio.words)))
        write_whole(self.path(take_id), sound)

    def _open_folder(self) -> None:
        """Make the folder, and mark it as in use: it is not idle from now on."""
        make_folder(self._folder, PRIVATE)
        os.utime(self._folder)

    def _delete(self, take_id: str) -> None:
        for path in self._folder.glob(f"{take_id}.*"):
            path.unlink(missing_ok=True)


def lock_file_of(folder: Path) -> Path:
    """The lock under which the session in this folder is changed."""
    return folder.parent / f".lock-{zlib.crc32(folder.name.encode()) % N_LOCKS:02}"


def _written(path: Path) -> _Written | None:
    """What tells one state of a file from the next; None without one. A rename gives it another number each time."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _differs_in_place_alone(one: TakeTree, other: TakeTree) -> bool:
    """True if nothing that somebody made or wrote differs, only where the session stands."""
    kept = [(tree.all, replace(tree.view, current=None)) for tree in (one, other)]
    return kept[0] == kept[1]


def _new(steps: tuple[Step, ...], parent_id: str | None, name: str) -> Take:
    return Take(secrets.token_hex(8), 0, parent_id, steps, name, "", "", 0.0, 0.0, 0.0, time.time())


def _facts(audio: Audio, ending: Ending) -> dict[str, Any]:
    """What a take says of its sound. Looks at all samples."""
    return asdict(ending) | {
        "warnings": ending.warnings,
        "stretches": ending.stretches,
        "scores": ending.scores,
        "duration_s": audio.duration_s,
        "sample_rate": audio.sample_rate,
        "loudness_lufs": loudness_lufs(audio),
        "peaks": outline(audio),
    }


def _queued(tree: TakeTree, take_id: str) -> Take:
    """The take as it was queued, whether or not the view shows it. Raises UnknownTake."""
    take = tree.all.get(take_id)
    if take is None or take.state != "queued":
        raise UnknownTake
    return take
