"""Takes: the tree of results, with everything that can be done to one of them; and the take in front of the user."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Literal

import gradio as gr

from app.engine.errors import EngineError, UnknownVoice
from app.engine.options import drawn_seed
from app.settings import Settings
from app.studio.session import Session
from app.studio.takes import Take, TakeTree
from app.ui.components import I18N, html
from app.ui.desk import Desk
from app.ui.event_values import said
from app.ui.examples import gallery
from app.ui.jobs import Chain, Jobs, Told
from app.ui.markup import alert, escape, icon, label, plain, say, waveform, words
from app.ui.messages import Mistake, say_fact
from app.ui.snippets import ORIGIN, calls
from app.ui.takes_html import change_words, facts, history, title, tree
from app.ui.words import Word

Notice = dict[str, Any]  # what static/notice.js shows

DAY_S = 86_400
PLAYER = (
    '<div class="player" hidden><div class="title"></div><div class="track"></div>'
    f'<audio controls preload="metadata" {label("player")}></audio>'
    f'<label class="autoplay"><input type="checkbox" checked> {say("autoplay")}</label></div>'
)
TOOLS = (
    f'<input type="search" {label("search_takes")}>'
    f'<select {label("order_takes")}><option value="tree" {words("by_tree")}></option>'
    f'<option value="newest" {words("newest_first")}></option></select>'
    f'<button type="button" class="plain" data-action="starred" aria-pressed="false" {label("only_starred")}>'
    f"{icon('star')}</button>"
)
PROGRESS = (
    '<div class="progress" hidden><div class="bar" role="progressbar" aria-valuemin="0" aria-valuemax="100" '
    f'{label("tab_studio")}><i></i></div><div class="said" role="status" aria-live="polite"></div></div>'
)


class TakesPanel:
    """The tree, and what is in front of the user."""

    def __init__(self, desk: Desk, jobs: Jobs) -> None:
        self._desk, self._jobs = desk, jobs

    def build_progress(self) -> None:
        """What the running job does, below what began it."""
        self.progress = html({"state": "idle"}, elem_id="progress", script="progress", template=PROGRESS)
        self.cancel = gr.Button(I18N("cancel"), variant="stop", elem_id="cancel")

    def build_takes(self) -> None:
        """The take in front of the user and the tree, in the column of the moment."""
        with gr.Row(elem_id="takes-head"):
            gr.HTML(f"<h2>{say('takes_title')}</h2>", apply_default_css=False)
            self.history = html(history(TakeTree()), elem_id="history", script="actions", events="undo redo")
        self.player = html({}, elem_id="player", script="player", template=PLAYER)
        self.trouble = html("", elem_id="takes-trouble")
        self.notice = html({}, elem_id="notice", script="notice", template="<i hidden></i>")
        html(TOOLS, elem_id="takes-tools", script="takeTools")
        events = "select rename again as_voice delete star unstar example refresh"
        self.tree = html("", elem_id="takes", script="takes", events=events)
        self.card = html("", elem_id="take-card", script="snippets")

    @property
    def shown(self) -> list[gr.components.Component]:
        """What `show` fills."""
        return [self.tree, self.history, self.player, self.card]

    def connect_changes(self) -> list[gr.events.Dependency]:
        """The events that change the tree; the page shows everything anew after each."""
        quiet: dict[str, Any] = {"show_progress": "hidden"}
        return [
            self.tree.select(self._select, None, self.trouble, **quiet),
            self.tree.rename(self._rename, None, self.trouble, **quiet),
            self.tree.star(self._star, None, self.trouble, **quiet),
            self.tree.unstar(self._unstar, None, self.trouble, **quiet),
            self.tree.delete(self._delete, None, [self.trouble, self.notice], **quiet),
            self.history.undo(self._undo, None, [self.trouble, self.notice], **quiet),
            self.history.redo(self._redo, None, [self.trouble, self.notice], **quiet),
        ]

    def show(self, session: Session, is_fresh: bool) -> tuple[tuple[Any, ...], TakeTree]:
        """Values of `shown`, and the tree. `is_fresh`: the current take was made just now and may play by itself.

        Reads files: call it off the event loop.
        """
        seen = session.tree()
        items, current = [row for row in seen.rows() if row[1].has_sound], seen.audible
        parent = seen.all.get(current.parent_id or "") if current else None
        days = round(self._desk.settings.take_max_age_s / DAY_S, 1)
        rows = tree(items, current, seen.revision)
        below = f'<p class="note">{say("expire_note", days=f"{days:g}")}</p>' if items else _try_one()
        if session.exists:
            link = f'<a href="./?session={session.id}" target="_blank" rel="noopener"><code>{session.id}</code></a>'
            below += f'<p class="note">{say("session_id")} {link}</p>'
        updates = (
            rows + below,
            history(seen),
            _playing(current, is_fresh),
            _card(current, parent, self._desk.settings, knows_voice=parent is None or self._is_known(parent, session)),
        )
        return updates, seen

    def _is_known(self, take: Take, session: Session) -> bool:
        """Whether calls that come with the session's key alone, if it has one, may name the voice of a take."""
        with contextlib.suppress(UnknownVoice):
            if take.voice:
                reader = session.reader if session.opened_by else ""
                self._desk.engine.voices.info(take.voice, reader=reader)
            return True
        return False

    async def again(self, event: gr.EventData, request: gr.Request) -> AsyncIterator[Told]:
        """Make a take once more, with another seed."""
        wanted = said(event, "take")

        async def planned() -> Chain:
            session = self._desk.session(request)
            seen = await self._desk.studio.tree(session)
            take = seen.take(wanted)
            parent = seen.take(take.parent_id or "")
            if not take.steps:
                raise Mistake("error_no_take")
            return session, parent, [tuple(replace(step, seed=drawn_seed()) for step in take.steps)]

        async for update in self._jobs.run(planned):
            yield update

    # ---- handlers -------------------------------------------------------------------------------------------------

    async def _select(self, event: gr.EventData, request: gr.Request) -> str:
        return await self._change(request, "select", said(event, "take"))

    async def _rename(self, event: gr.EventData, request: gr.Request) -> str:
        return await self._change(request, "rename", said(event, "take"), said(event, "name"))

    async def _star(self, event: gr.EventData, request: gr.Request) -> str:
        return await self._change(request, "star", said(event, "take"), True)

    async def _unstar(self, event: gr.EventData, request: gr.Request) -> str:
        return await self._change(request, "star", said(event, "take"), False)

    async def _delete(self, event: gr.EventData, request: gr.Request) -> tuple[str, Notice]:
        trouble = await self._change(request, "delete", said(event, "take"))
        return trouble, {} if trouble else await self._done_last(request)

    async def _undo(self, request: gr.Request) -> tuple[str, Notice]:
        return await self._go(request, "undo")

    async def _redo(self, request: gr.Request) -> tuple[str, Notice]:
        return await self._go(request, "redo")

    async def _go(self, request: gr.Request, where: Literal["undo", "redo"]) -> tuple[str, Notice]:
        """Take back the last change, or make it again; what it was is said."""
        try:
            session = self._desk.session(request)
            before = await self._desk.studio.tree(session)
            after = await self._desk.studio.go(session, where)
        except (EngineError, Mistake) as error:
            return alert(self._desk.told(error)), {}
        change = before.to_undo if where == "undo" else before.to_redo
        key = "undone" if where == "undo" else "redone"
        return "", noticed(key, after, change_words(change, before))

    async def _done_last(self, request: gr.Request) -> Notice:
        """What was done last, with a way back."""
        seen = await self._desk.studio.tree(self._desk.session(request))
        return noticed("done_last", seen, change_words(seen.to_undo, seen), can_undo=True)

    async def _change(self, request: gr.Request, action: str, *values: str | bool) -> str:
        """Do it; what went wrong is told in the panel."""
        try:
            session = self._desk.session(request)
            await self._desk.studio.change(session, lambda seen: getattr(seen, action)(*values))
        except (EngineError, Mistake) as error:
            return alert(self._desk.told(error))
        return ""


def noticed(key: str, seen: TakeTree, what: Word, *, can_undo: bool = False) -> Notice:
    """A short notice; the revision tells it from another one with the same words."""
    return {"key": key, "values": plain({"what": what}), "can_undo": can_undo, "revision": seen.revision}


def _try_one() -> str:
    return f'<p class="empty">{say("no_takes")}</p>{gallery()}'


def _playing(take: Take | None, is_fresh: bool) -> dict[str, Any]:
    if take is None:
        return {"take": ""}
    return {
        "take": take.id,
        "src": f"./page/takes/{take.id}.flac",
        "title": title(take),
        "wave": waveform(take.peaks),
        "duration_s": take.duration_s,
        "fresh": is_fresh,
    }


def _card(take: Take | None, parent: Take | None, settings: Settings, *, knows_voice: bool) -> str:
    if take is None:
        return ""
    notes = "".join(f"<li>{say_fact(note)}</li>" for note in take.warnings)
    noted = f'<ul class="notes">{notes}</ul>' if notes else ""
    said = f'<p class="quote">{escape(take.transcript)}</p>' if take.transcript else ""
    made_by = ""
    if take.step is not None and parent is not None and settings.api:
        blocks = "".join(
            f'<div class="call"><b>{name}</b><button type="button" data-action="copy">{say("copy")}</button>'
            f'<pre tabindex="0" data-origin="{ORIGIN}">{escape(call)}</pre></div>'
            for name, call in calls(take.step, parent, needs_key=settings.needs_key, knows_voice=knows_voice).items()
        )
        made_by = f"<details class='calls'><summary>{say('made_by')}</summary>{blocks}</details>"
    return f'<div class="facts">{facts(take, parent)}</div>{said}{noted}{made_by}'
