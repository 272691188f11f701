"""Clone: any text in the voice of the session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from app.engine.content.checks import Check
from app.engine.edits import CATALOGUE, INTENSITY_RANGE
from app.engine.options import SPEED_RANGE, drawn_seed
from app.studio.takes import Step
from app.ui.components import I18N, html
from app.ui.desk import Desk
from app.ui.jobs import Chain, Jobs, Told
from app.ui.markup import escape, say, words
from app.ui.panels.machine import MachinePanel
from app.ui.panels.reading import ReadingPanel
from app.ui.words import tag_key

FIELDS = {
    "input": "text",
    "text": "text",
    "voice": "voice-card",
    "recording": "voice-card",
    "prompt_audio": "voice-card",
    "pronunciations": "pronunciations",
    "seed": "seed-clone",
}


class ClonePanel:
    """Text to speak, and how."""

    def __init__(self, desk: Desk, jobs: Jobs, machine: MachinePanel) -> None:
        self._desk, self._jobs, self._machine = desk, jobs, machine
        self.reading = ReadingPanel(desk)

    def build(self) -> None:
        """The components, in the tab of the moment."""
        limit = self._desk.settings.max_input_chars
        self.text = gr.Textbox(label=I18N("text"), placeholder=I18N("text_hint"), lines=4, max_lines=14, elem_id="text")
        html(f'<p class="counter" data-for="text" data-limit="{limit}"></p>', elem_id="counter", script="counter")
        html(sound_buttons("text"), elem_id="clone-sounds", script="sounds")
        with gr.Row():
            self.speed = gr.Slider(*SPEED_RANGE, value=1.0, step=0.05, label=I18N("speed"), elem_id="speed")
            self.likeness = gr.Slider(*INTENSITY_RANGE, value=1.0, step=0.1, label=I18N("likeness"), elem_id="likeness")
        with gr.Accordion(I18N("more_options"), open=False):
            self.seed = gr.Number(
                value=None, precision=0, label=I18N("seed"), info=I18N("seed_info"), elem_id="seed-clone"
            )
            self.checked = gr.Checkbox(label=I18N("check_result"), info=I18N("check_info"), elem_id="check-clone")
            self.reading.build()
        self.run = gr.Button(I18N("run_clone"), variant="primary", elem_id="clone")

    @property
    def inputs(self) -> list[gr.components.Component]:
        """What `make` reads of this panel."""
        return [self.text, self.speed, self.likeness, self.seed, self.checked, self.reading.pronunciations]

    def connect(self) -> None:
        """The events of the panel that make nothing."""
        self.reading.connect(self.text)

    async def make(self, given: dict[gr.components.Component, Any], request: gr.Request) -> AsyncIterator[Told]:
        """Speak the text. `given`: the values of `inputs` and of the variant."""

        async def planned() -> Chain:
            session, voice = await self._desk.voice(request)
            step = Step(
                "clone",
                intensity=given[self.likeness],
                text=given[self.text],
                speed=given[self.speed],
                seed=drawn_seed(given[self.seed]),
                variant=given[self._machine.variant] or None,
                pronunciations=(given[self.reading.pronunciations] or "").strip(),
                check=Check() if given[self.checked] else None,
            )
            return session, voice, [(step,)]

        async for update in self._jobs.run(planned, FIELDS):
            yield update


def sound_buttons(target: str) -> str:
    """One button per paralinguistic tag; it puts the tag at the cursor of the text field `target`."""
    buttons = "".join(
        f'<button type="button" class="chip" data-insert="[{escape(tag)}]" data-target="{target}" '
        f"{words(tag_key('paralinguistic', tag))}>{escape(tag)}</button>"
        for tag in CATALOGUE["paralinguistic"].tags
    )
    return f'<div class="sounds" role="group"><span class="over">{say("insert_sound")}</span>{buttons}</div>'
