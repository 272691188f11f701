"""Takes as HTML: their titles, their facts, and the rows of the tree."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from unicodedata import east_asian_width

from app.engine.content.checks import Scores
from app.engine.sound.encoding import MEDIA
from app.studio.takes import Change, Step, Take, TakeTree
from app.ui.markup import confirm, escape, icon, label, say, waveform, words
from app.ui.words import WORDS, Word, preset_key, tag_key, task_key

TITLE_WIDTH = 32  # of a title's words, in letters: what was done follows within two lines
DOWNLOADS = tuple(media.name for media in MEDIA.values() if media.is_kept)  # in which a take is sent


LABELS = {"undo": "undo_what", "redo": "redo_what"}


def numbered_words(take: Take) -> str:
    """Attributes that make any element the number and the title of a take."""
    return words("label_take", n=take.number, what=Word(*_title(take)))


def title(take: Take) -> str:
    """The title of a take: its name, or its words and what was done."""
    key, values = _title(take)
    return say(key, **values)


def facts(take: Take, parent: Take | None, *, has_details: bool = True) -> str:
    """What is worth knowing of a take, in one line."""
    shown = [say("fact_number", n=take.number), say("duration", s=f"{take.duration_s:.1f}")]
    if take.finish_reason == "cut_short":
        shown.append(say("cut_short"))
    step = take.step
    if step is not None:
        if step.intensity != 1:
            shown.append(say("fact_intensity", x=f"{step.intensity:g}"))
        if step.iterations != 1:
            shown.append(say("fact_iterations", n=step.iterations))
        if step.speed != 1:
            shown.append(say("fact_speed", x=f"{step.speed:g}"))
    if step is not None and has_details:
        shown.append(say("fact_seed", n=step.seed))
        if take.real_time_factor is not None:
            shown.append(say("rtf", rtf=f"{take.real_time_factor:.2f}"))
    if take.scores is not None:
        shown.append(scores_of(take.scores))
    if parent is not None:
        shown.append(say("fact_parent", n=parent.number))
    return " · ".join(shown)


def scores_of(scores: Scores) -> str:
    """What a checked take scored, and whether that is enough."""
    figures = []
    if scores.word_error is not None:
        figures.append(say("fact_word_error", percent=f"{100 * scores.word_error:.0f}"))
    if scores.similarity is not None:
        figures.append(say("fact_similarity", x=f"{scores.similarity:.2f}"))
    figures.append(say("fact_tries", n=scores.tries))
    return " · ".join([f"<strong>{say(f'check_{scores.verdict}')}</strong>", *figures])


def tree(rows: Iterable[tuple[int, Take]], current: Take | None, revision: int) -> str:
    """The rows of the tree; the scripts find actions by `data-action`."""
    items = list(rows)
    known = {take.id: take for _, take in items}
    listed = "".join(
        _row(depth, take, known.get(take.parent_id or ""), current is not None and take.id == current.id)
        for depth, take in items
    )
    return f'<ul class="takes" data-revision="{revision}">{listed}</ul>'


def change_words(change: Change | None, seen: TakeTree) -> Word:
    """What was done, in words that go into others."""
    take = seen.anywhere(change.take) if change is not None and change.take else None
    if change is None or (take is None and not change.name):
        return Word("last_change")
    what: object = change.name if take is None else Word(*_title(take))
    return Word(f"change_{change.kind}", {"what": what})


def history(seen: TakeTree) -> str:
    """The buttons that take the last change back, and make it again, each with what that is."""
    return "".join(
        f'<button type="button" id="{where}" data-action="{where}"{"" if is_on else " disabled"} '
        f"{label(LABELS[where], what=change_words(change, seen)) if is_on else ''}>{say(where)}</button>"
        for where, is_on, change in (
            ("undo", seen.can_undo, seen.to_undo),
            ("redo", seen.can_redo, seen.to_redo),
        )
    )


def _row(depth: int, take: Take, parent: Take | None, is_current: bool) -> str:
    name = escape(take.name)
    is_recording = not take.steps
    said = f'<span class="said">{escape(take.transcript)}</span>' if take.transcript and is_recording else ""
    classes = ["take", *(["recording"] if is_recording else []), *(["current"] if is_current else [])]
    star = "unstar" if take.is_starred else "star"
    return (
        f'<li class="{" ".join(classes)}" style="--depth:{min(depth, 6)}" '
        f'data-take="{take.id}" data-name="{name}" data-number="{take.number}" data-depth="{depth}" '
        f'data-said="{escape(take.transcript)}"{" data-starred" if take.is_starred else ""}>'
        f'<button type="button" class="round" data-action="play" {label("play_take", n=take.number)}>{icon("play")}'
        "</button>"
        f'<button type="button" class="pick" data-action="select"{" aria-current=true" if is_current else ""}>'
        f'<span class="title">{title(take)}</span>{waveform(take.peaks)}{said}'
        f'<span class="facts">{facts(take, parent, has_details=False)}</span></button>'
        f'<button type="button" class="plain" data-action="{star}" {label(star, n=take.number)}>{icon(star)}</button>'
        f"{_menu(take)}</li>"
    )


def _menu(take: Take) -> str:
    actions = [("rename", "pen"), ("as_voice", "voice"), ("copy_recipe", "copy"), ("as_a", "play"), ("as_b", "play")]
    if take.step is not None:
        actions.insert(1, ("again", "again"))
    buttons = "".join(
        f'<button type="button" data-action="{action}">{icon(picture)}{say(action)}</button>'
        for action, picture in actions
        if action not in ("as_a", "as_b")
    )
    sides = "".join(
        f'<button type="button" data-action="{action}">{say(action)}</button>' for action in ("as_a", "as_b")
    )
    files = "".join(
        f'<a href="./page/takes/{take.id}.{kind}?download=1" download {label("download_as", format=kind)}>{kind}</a>'
        for kind in DOWNLOADS
    )
    return (
        f'<details class="menu"><summary {label("take_menu", n=take.number)}>{icon("more")}</summary><div>'
        f'<div class="files">{icon("download")}{files}</div>{buttons}{sides}'
        f'<button type="button" class="danger" data-action="delete" '
        f"{confirm('delete_take_really', 'delete_take', n=take.number)}>{icon('trash')}{say('delete')}</button>"
        "</div></details>"
    )


def _title(take: Take) -> tuple[str, dict[str, object]]:
    step = take.step
    if take.name:
        is_preset = take.name == take.voice and preset_key(take.name) in WORDS
        return "label_name", {"what": Word(preset_key(take.name)) if is_preset else take.name}
    if step is None:
        return "take_recording", {}
    if not take.transcript:
        return "label_name", {"what": _done(step)}
    return "label_words", {"words": _short(take.transcript), "what": _done(step)}


def _done(step: Step) -> Word:
    """What a step did, in a word."""
    return Word(tag_key(step.task, step.tag) if step.tag else task_key(step.task))


def _short(transcript: str) -> str:
    """Its first words."""
    words = " ".join(transcript.split())
    widths = accumulate(2 if east_asian_width(letter) in "WF" else 1 for letter in words)
    n_fitting = sum(1 for width in widths if width <= TITLE_WIDTH)
    return words if n_fitting == len(words) else words[:n_fitting].rstrip() + "…"
