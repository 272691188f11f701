"""Takes: what a session made, as a tree, with undo and redo. Pure bookkeeping; sound lives in `session.py`.

A take without steps is a recording that somebody brought. Every other take was made by its `steps` from its parent, so
the steps from a recording down to a take are the recipe of that take (`app/studio/recipes.py`). A take stands in the
tree before its sound is made: it is queued then, and done, failed or cancelled later.

Takes stay in the table; what changes is the *view* of them: which one is current, which are there, what they are
called, starred, corrected to, and whose voice speaks. Every change of the view but selecting can be undone: the take
that was made last is gone from the view before it. `MAX_VIEWS` views are remembered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from app.engine.content.checks import Check, Scores
from app.engine.content.stretches import Stretch
from app.engine.errors import InvalidName, NothingToRedo, NothingToUndo, UnknownTake
from app.engine.facts.fact import Note
from app.engine.job import FinishReason
from app.engine.requests import Removable, WordEdit
from app.studio.failures import Failure

TakeState = Literal["queued", "done", "failed", "cancelled"]
MAX_VIEWS = 100
MAX_NAME_CHARS = 80
MAX_TAKES = 200  # of one session; the oldest make room


@dataclass(frozen=True, slots=True)
class Step:
    """One job: `clone` speaks `text` in the voice of the parent take; every other task edits the parent take.

    `text` of a paralinguistic edit holds the words with their sound tags, that of `rewrite` the words as they are to
    be, unless `edits` name them one by one; other edits have none. `remove` is what `fillers` takes out, () for all.
    `pronunciations` of words in a text to speak stand one a line, as in a lexicon's file. What misses the `check` is
    made again.
    """

    task: str
    tag: str = ""
    intensity: float = 1.0
    iterations: int = 1
    text: str = ""
    speed: float = 1.0
    seed: int = 0
    variant: str | None = None
    pronunciations: str = ""
    edits: tuple[WordEdit, ...] = ()
    check: Check | None = None
    remove: tuple[Removable, ...] = ()


@dataclass(frozen=True, slots=True)
class Take:
    """One sound of a session. `number` counts from 1 in the order of making; `peaks` are the clip's outline, 0 to 1.

    `duration_s` of the sound (0 until it is made), at `sample_rate` Hz (0: not known, of an older release);
    `compute_s` it took to make, `loudness_lufs` after BS.1770; `voice` is the id of the voice a recording came from,
    or ""; `finish_reason` says whether the sound was cut short, `failure` why it was never made; `stretches` is what a
    take has anew that is its parent otherwise, None for all others; `scores` are there where it was checked.
    """

    id: str
    number: int
    parent_id: str | None
    steps: tuple[Step, ...]
    name: str
    transcript: str
    language: str
    duration_s: float
    compute_s: float
    loudness_lufs: float
    created_at: float
    peaks: tuple[float, ...] = ()
    warnings: tuple[Note, ...] = ()
    voice: str = ""
    finish_reason: FinishReason = "end"
    sample_rate: int = 0
    state: TakeState = "done"
    failure: Failure | None = None
    is_starred: bool = False
    stretches: tuple[Stretch, ...] | None = None
    scores: Scores | None = None

    @property
    def step(self) -> Step | None:
        """The last of its steps; None for a recording."""
        return self.steps[-1] if self.steps else None

    @property
    def has_sound(self) -> bool:
        """Whether there is something to hear: not before it is made."""
        return self.duration_s > 0

    @property
    def real_time_factor(self) -> float | None:
        """Compute seconds per second of sound; None for a recording."""
        return self.compute_s / self.duration_s if self.steps and self.duration_s else None


ChangeKind = Literal[
    "made",
    "brought",
    "deleted",
    "renamed",
    "starred",
    "unstarred",
    "corrected",
    "voice",
    "voice_saved",
    "voice_deleted",
]


@dataclass(frozen=True, slots=True)
class Change:
    """What was done: to the take of an id, or to the saved voice of a name."""

    kind: ChangeKind
    take: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """What a session sees: the take it stands on, takes that are not there, and what was said of others by hand.

    `voice` is the take that clones speak like, `voices_gone` are ids of voices that the session saved or deleted and
    that are not in the library, `change` is what led here from the view before.
    """

    current: str | None = None
    deleted: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    transcripts: Mapping[str, str] = field(default_factory=dict)
    starred: frozenset[str] = frozenset()
    voice: str | None = None
    voices_gone: frozenset[str] = frozenset()
    change: Change | None = None


class TakeTree:
    """The takes of one session. Not thread-safe: `Session` guards it.

    `revision` grows with every change that was kept; `owner` is the key whose session it is, or "".
    """

    def __init__(
        self,
        takes: Mapping[str, Take] | None = None,
        views: list[View] | None = None,
        at: int = 0,
        *,
        revision: int = 0,
        owner: str = "",
        created_at: float = 0.0,
    ) -> None:
        self.revision = revision
        self.owner = owner
        self.created_at = created_at
        self._takes = dict(takes or {})
        self._views = views or [View()]
        self._at = min(at, len(self._views) - 1)

    def copy(self) -> TakeTree:
        """The same tree, to be changed without changing this one."""
        return TakeTree(
            self._takes,
            list(self._views),
            self._at,
            revision=self.revision,
            owner=self.owner,
            created_at=self.created_at,
        )

    # ---- looking --------------------------------------------------------------------------------------------------

    @property
    def view(self) -> View:
        """What is seen now."""
        return self._views[self._at]

    @property
    def views(self) -> tuple[list[View], int]:
        """All remembered views and the place among them."""
        return list(self._views), self._at

    @property
    def all(self) -> dict[str, Take]:
        """Every take on record, deleted ones included."""
        return dict(self._takes)

    @property
    def current(self) -> Take | None:
        """The take that the session stands on."""
        return self._seen(self.view.current)

    @property
    def audible(self) -> Take | None:
        """The same, or where its sound is not made yet the nearest one above that has some."""
        take = self.current
        while take is not None and not take.has_sound:
            take = self._seen(self._seen_parent(take))
        return take

    @property
    def voice(self) -> Take | None:
        """The take that clones speak in the voice of."""
        return self._seen(self.view.voice)

    @property
    def to_undo(self) -> Change | None:
        """What undo would take back, as far as that is known."""
        return self.view.change if self.can_undo else None

    @property
    def to_redo(self) -> Change | None:
        """What redo would do again, as far as that is known."""
        return self._views[self._at + 1].change if self.can_redo else None

    @property
    def can_undo(self) -> bool:
        """True if there is a change to take back."""
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        """True if a change was taken back."""
        return self._at + 1 < len(self._views)

    def take(self, take_id: str) -> Take:
        """A take that is not deleted. Raises UnknownTake."""
        if take_id not in self._takes or take_id in self.view.deleted:
            raise UnknownTake
        return self._named(self._takes[take_id])

    def anywhere(self, take_id: str) -> Take | None:
        """A take, deleted or not, as it is called now."""
        take = self._takes.get(take_id)
        return self._named(take) if take is not None else None

    def rows(self) -> Iterator[tuple[int, Take]]:
        """Depth and take, parents before children, in the order of making; children of a deleted take move up."""
        children: dict[str | None, list[Take]] = {}
        for take in sorted(self._takes.values(), key=lambda t: t.number):
            if take.id not in self.view.deleted:
                children.setdefault(self._seen_parent(take), []).append(take)

        def below(parent: str | None, depth: int) -> Iterator[tuple[int, Take]]:
            for take in children.get(parent, ()):
                yield depth, self._named(take)
                yield from below(take.id, depth + 1)

        return below(None, 0)

    def lineage(self, take_id: str) -> list[Take]:
        """From the recording down to the take, deleted ancestors included. Raises UnknownTake."""
        line = [self.take(take_id)]
        while (parent := line[-1].parent_id) in self._takes and parent is not None:
            line.append(self._takes[parent])
        return line[::-1]

    def next_number(self) -> int:
        """The number of the next take."""
        return 1 + max((take.number for take in self._takes.values()), default=0)

    # ---- changing -------------------------------------------------------------------------------------------------

    def add(self, take: Take) -> None:
        """Put in a new take and stand on it. To undo that is to be without it."""
        self._takes[take.id] = take
        view = self.view
        self._views = [replace(before, deleted=before.deleted | {take.id}) for before in self._views[: self._at + 1]]
        self._see(replace(view, current=take.id), Change("made" if take.steps else "brought", take.id))

    def finish(self, take: Take) -> None:
        """A take that was queued is now this one; what can be undone stays as it is. Raises UnknownTake.

        Who stood on one that never got a sound stands on its parent.
        """
        if take.id not in self._takes:
            raise UnknownTake
        self._takes[take.id] = take
        if not take.has_sound:
            parent = self._seen_parent(take)
            self._views = [replace(v, current=parent) if v.current == take.id else v for v in self._views]

    def select(self, take_id: str) -> None:
        """Stand on another take. Nothing that undo would take back. Raises UnknownTake."""
        self.take(take_id)
        self._views[self._at] = replace(self.view, current=take_id)

    def use_voice(self, take_id: str | None) -> None:
        """Choose the take whose voice clones speak in. Raises UnknownTake."""
        if take_id is not None:
            self.take(take_id)
        view = replace(self.view, voice=take_id)
        if take_id is not None and view.change == Change("brought", take_id):
            self._views[self._at] = view  # it was brought to be the voice: one thing was done
        elif take_id != self.view.voice:
            self._see(view, Change("voice", take_id or ""))

    def save_voice(self, voice_id: str, name: str) -> None:
        """Note that a voice was saved. To undo that is to be without it."""
        earlier = self._views[: self._at + 1]
        view = replace(self.view, voices_gone=self.view.voices_gone - {voice_id})
        self._views = [replace(before, voices_gone=before.voices_gone | {voice_id}) for before in earlier]
        self._see(view, Change("voice_saved", name=name))

    def delete_voice(self, voice_id: str, name: str) -> None:
        """Note that a saved voice was deleted."""
        view = replace(self.view, voices_gone=self.view.voices_gone | {voice_id})
        self._see(view, Change("voice_deleted", name=name))

    def annotate(self, take_id: str, transcript: str, language: str) -> None:
        """Note what was heard in a take. Nothing that undo would take back. Raises UnknownTake."""
        self.take(take_id)
        self._takes[take_id] = replace(self._takes[take_id], transcript=transcript, language=language)

    def correct(self, take_id: str, transcript: str) -> None:
        """Note what somebody says is said in a take. Raises UnknownTake."""
        if self.take(take_id).transcript != transcript:
            view = replace(self.view, transcripts={**self.view.transcripts, take_id: transcript})
            self._see(view, Change("corrected", take_id))

    def star(self, take_id: str, is_starred: bool) -> None:
        """Mark a take, or take the mark away. Raises UnknownTake."""
        if self.take(take_id).is_starred != is_starred:
            starred = self.view.starred | {take_id} if is_starred else self.view.starred - {take_id}
            self._see(replace(self.view, starred=starred), Change("starred" if is_starred else "unstarred", take_id))

    def rename(self, take_id: str, name: str) -> None:
        """Give a take a name; an empty one takes the name away. Raises UnknownTake, InvalidRequest."""
        self.take(take_id)
        name = " ".join(name.split())
        if len(name) > MAX_NAME_CHARS or not name.isprintable():
            raise InvalidName(0, MAX_NAME_CHARS)
        self._see(replace(self.view, names={**self.view.names, take_id: name}), Change("renamed", take_id))

    def describe(self, take_id: str, name: str | None, transcript: str | None, *, is_starred: bool | None) -> None:
        """Name a take, star it and say what is said in it, as far as given: one change to undo.

        Raises UnknownTake, InvalidRequest.
        """
        before = self._views[: self._at + 1]
        self.take(take_id)
        if name is not None:
            self.rename(take_id, name)
        if is_starred is not None:
            self.star(take_id, is_starred)
        if transcript is not None:
            self.correct(take_id, transcript)
        if (view := self.view) is not before[-1]:
            self._views = before
            self._at = len(before) - 1
            self._see(view, view.change or Change("renamed", take_id))

    def delete(self, take_id: str) -> None:
        """Take one out; what was made from it stays. Who stood on it stands on its parent. Raises UnknownTake."""
        take = self.take(take_id)
        current = self.view.current
        if current == take_id:
            others = [other.id for _, other in self.rows() if other.id != take_id]
            current = self._seen_parent(take) or (others[-1] if others else None)
        view = replace(self.view, current=current, deleted=self.view.deleted | {take_id})
        self._see(view, Change("deleted", take_id))

    def undo(self) -> None:
        """Take back the last change. Raises NothingToUndo."""
        if not self.can_undo:
            raise NothingToUndo
        self._at -= 1
        self._stand_somewhere()

    def redo(self) -> None:
        """Make again the change that was taken back. Raises NothingToRedo."""
        if not self.can_redo:
            raise NothingToRedo
        self._at += 1
        self._stand_somewhere()

    def forget(self, take_ids: set[str]) -> None:
        """Drop takes for good, from every view: their sound is gone."""
        if not take_ids & self._takes.keys():
            return
        self._takes = {id_: take for id_, take in self._takes.items() if id_ not in take_ids}
        newest = max(self._takes.values(), key=lambda t: t.number, default=None)
        fallback = newest.id if newest else None
        self._views = [self._without(view, take_ids, fallback) for view in self._views]

    def surplus(self) -> set[str]:
        """The oldest takes beyond MAX_TAKES, and deleted ones that no view shows any more."""
        oldest_first = sorted(self._takes.values(), key=lambda t: t.number)
        shown = {id_ for view in self._views for id_ in self._takes.keys() - view.deleted}
        too_many = [take.id for take in oldest_first if take.id != self.view.current]
        return (self._takes.keys() - shown) | set(too_many[: max(0, len(self._takes) - MAX_TAKES)])

    # ---- helpers --------------------------------------------------------------------------------------------------

    def _see(self, view: View, change: Change) -> None:
        view = replace(view, change=change)
        self._views = [*self._views[: self._at + 1], view][-MAX_VIEWS:]
        self._at = len(self._views) - 1

    def _seen_parent(self, take: Take) -> str | None:
        parent = take.parent_id
        while parent in self._takes and parent in self.view.deleted:
            parent = self._takes[parent].parent_id
        return parent if parent in self._takes else None

    def _seen(self, take_id: str | None) -> Take | None:
        """The take of that id as the view shows it; None where it shows none."""
        is_there = take_id is not None and take_id in self._takes and take_id not in self.view.deleted
        return self._named(self._takes[take_id]) if is_there and take_id is not None else None

    def _stand_somewhere(self) -> None:
        """Stand on the newest take where the one that the view stood on is not there."""
        if self.current is None:
            newest = max((take for _, take in self.rows()), key=lambda take: take.number, default=None)
            self._views[self._at] = replace(self.view, current=newest.id if newest else None)

    def _named(self, take: Take) -> Take:
        """The take with what the view says of it."""
        view = self.view
        return replace(
            take,
            name=view.names.get(take.id, take.name),
            transcript=view.transcripts.get(take.id, take.transcript),
            is_starred=take.id in view.starred,
        )

    @staticmethod
    def _without(view: View, gone: set[str], fallback: str | None) -> View:
        return replace(
            view,
            current=fallback if view.current in gone else view.current,
            deleted=view.deleted - gone,
            names={id_: name for id_, name in view.names.items() if id_ not in gone},
            transcripts={id_: words for id_, words in view.transcripts.items() if id_ not in gone},
            starred=view.starred - gone,
            voice=None if view.voice in gone else view.voice,
        )
