"""The page: its panels in their places, and the events that concern more than one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from app.settings import Settings
from app.studio.takes import TakeTree
from app.ui.components import I18N, html
from app.ui.desk import Desk
from app.ui.event_values import said_index
from app.ui.examples import EXAMPLES
from app.ui.jobs import Chain, Jobs, Told
from app.ui.markup import icon, label, say
from app.ui.panels.clone import ClonePanel
from app.ui.panels.edit import EditPanel
from app.ui.panels.help import HelpPanel
from app.ui.panels.machine import MachinePanel
from app.ui.panels.recipe import RecipePanel
from app.ui.panels.takes import TakesPanel
from app.ui.panels.voice import VoicePanel


class Page:
    """All panels over one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._jobs = Jobs(desk)
        self.voice = VoicePanel(desk)
        self.machine = MachinePanel(desk)
        self.clone = ClonePanel(desk, self._jobs, self.machine)
        self.edit = EditPanel(desk, self._jobs, self.machine)
        self.recipe = RecipePanel(desk, self._jobs)
        self.takes = TakesPanel(desk, self._jobs)
        self.help = HelpPanel(desk)

    def build(self) -> gr.Blocks:
        """The Blocks of the page."""
        blocks = gr.Blocks(title="EditX", analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600))
        with blocks:
            self.texts = html({}, elem_id="texts", script="texts", template="<i hidden></i>")
            html(_head(self._desk.settings), elem_id="head", script="head")
            with gr.Tabs(elem_id="main-tabs"):
                with gr.Tab(I18N("tab_studio"), id="studio"):
                    self._build_studio()
                with gr.Tab(I18N("tab_compare"), id="compare"):
                    hint = f'<p class="note">{say("compare_hint")}</p>'
                    html(f'{hint}<div class="comparison"></div>', elem_id="compare", script="compare")
                with gr.Tab(I18N("tab_machine"), id="machine"):
                    self.machine.build()
                with gr.Tab(I18N("tab_help"), id="help"):
                    self.help.build()
            self._connect(blocks)
        return blocks

    def _build_studio(self) -> None:
        with gr.Row(elem_id="studio", equal_height=False):
            with gr.Column(scale=3, min_width=300, elem_id="voice-column"):
                self.voice.build()
            with gr.Column(scale=5, min_width=340, elem_id="make-column"):
                with gr.Tabs(elem_id="make-tabs"):
                    with gr.Tab(I18N("tab_clone")):
                        self.clone.build()
                    with gr.Tab(I18N("tab_edit")):
                        self.edit.build()
                    with gr.Tab(I18N("tab_recipe")):
                        self.recipe.build()
                self.takes.build_progress()
            with gr.Column(scale=4, min_width=320, elem_id="takes-column"):
                self.takes.build_takes()

    # ---- events ---------------------------------------------------------------------------------------------------

    def _connect(self, blocks: gr.Blocks) -> None:
        for panel in (self.clone, self.edit, self.recipe, self.machine):
            panel.connect()
        told = [self.takes.progress, self.takes.player]
        variant = self.machine.variant
        clone, edit, tree = self.clone, self.edit, self.takes.tree
        jobs = [
            clone.run.click(clone.make, {*clone.inputs, variant}, told, show_progress="hidden"),
            edit.run.click(edit.make, {*edit.inputs, variant}, told, show_progress="hidden"),
            self.recipe.run.click(self.recipe.make, self.recipe.recipe, told, show_progress="hidden"),
            tree.again(self.takes.again, None, told, show_progress="hidden"),
        ]
        jobs += [
            gallery.example(self._example, None, told, show_progress="hidden") for gallery in (tree, self.help.gallery)
        ]
        for job in jobs:
            self._then_show(job, is_fresh=True)
        cancelled = {"state": "cancelled", "html": say("state_cancelled")}
        self.takes.cancel.click(lambda: cancelled, None, self.takes.progress, cancels=jobs, show_progress="hidden")
        for change in (*self.takes.connect_changes(), tree.refresh(lambda: None)):
            self._then_show(change, is_fresh=False)
        voice = self.voice
        for bring in (
            voice.bring.upload(voice.bring_take, None, voice.saved, show_progress="hidden", trigger_mode="multiple"),
            voice.library.use(voice.bring_from_library, None, voice.saved, show_progress="hidden"),
            tree.as_voice(voice.bring_take, None, voice.saved, show_progress="hidden"),
            voice.library.remove(voice.remove, None, [voice.saved, self.takes.notice], show_progress="hidden"),
            *voice.connect(),
            blocks.load(lambda: None, None, None, show_progress="hidden"),
        ):
            self._then_show(bring, is_fresh=False)

    def _then_show(self, event: gr.events.Dependency, *, is_fresh: bool) -> None:
        """After the event, show takes, player, voice and the edit's target as they are now."""
        show = self._show_fresh if is_fresh else self._show
        shown = [*self.takes.shown, self.edit.target, self.voice.card, self.voice.library, self.texts]
        event.then(show, None, shown, show_progress="hidden", trigger_mode="multiple")

    # ---- handlers -------------------------------------------------------------------------------------------------

    async def _show(self, request: gr.Request) -> tuple[Any, ...]:
        return await self._shown(request, is_fresh=False)

    async def _show_fresh(self, request: gr.Request) -> tuple[Any, ...]:
        return await self._shown(request, is_fresh=True)

    async def _shown(self, request: gr.Request, *, is_fresh: bool) -> tuple[Any, ...]:
        session = self._desk.session(request)
        updates, seen = await self._desk.engine.files.run(self.takes.show, session, is_fresh)
        library = await self.voice.show_library(request)
        return (*updates, self.edit.show(seen.audible), self.voice.show(seen.voice), library, _texts_of(seen))

    async def _example(self, event: gr.EventData, request: gr.Request) -> AsyncIterator[Told]:
        example = EXAMPLES[said_index(event, "example") % len(EXAMPLES)]

        async def planned() -> Chain:
            session = self._desk.session(request)
            return (
                session,
                await self._desk.studio.use_library_voice(session, example.voice),
                [(step,) for step in example.steps],
            )

        async for update in self._jobs.run(planned):
            yield update


def _texts_of(seen: TakeTree) -> dict[str, dict[str, str]]:
    """The text fields that hold the words of a take, each with the take and its words."""
    whose = {"transcript": seen.voice, "tagged-text": seen.audible, "new-words": seen.audible}
    return {
        field: {"take": take.id if take else "", "words": take.transcript if take else ""}
        for field, take in whose.items()
    }


def _head(settings: Settings) -> str:
    docs = f'<a href="./docs" target="_blank" rel="noopener">{say("api_docs")}</a>' if settings.api else ""
    button = f'<button type="submit">{say("sign_out")}</button>'
    leave = f'<form method="post" action="./sign-out">{button}</form>' if settings.asks_for_key else ""
    return (
        '<header><div class="brand"><h1>EditX</h1><span>' + say("tagline") + "</span></div>"
        '<div class="chip" role="status" data-live="chip"></div>'
        f'<nav>{docs}<button type="button" data-action="language">中文</button>'
        f'<button type="button" data-action="theme" {label("switch_theme")}>{icon("theme")}</button>'
        f"{leave}</nav></header>"
    )
