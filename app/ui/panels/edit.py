"""Edit: a task and a tag of the catalogue, done to the take that the session stands on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, get_args

import gradio as gr

from app.engine.content.checks import Check
from app.engine.edits import CATALOGUE, INTENSITY_RANGE, ITERATIONS_RANGE, WORD_TASKS
from app.engine.options import drawn_seed
from app.engine.requests import Removable
from app.engine.script import parse_script, without_sound_tags
from app.studio.takes import Step, Take
from app.ui.components import I18N, html
from app.ui.desk import Desk
from app.ui.jobs import Chain, Jobs, Told
from app.ui.markup import say
from app.ui.messages import Mistake
from app.ui.panels.clone import sound_buttons
from app.ui.panels.machine import MachinePanel
from app.ui.takes_html import title
from app.ui.words import meaning_key, tag_key, task_key

TASKS = [name for name in CATALOGUE if name != "clone"]
TAGGED = [name for name in TASKS if CATALOGUE[name].tags and name != "paralinguistic"]


class EditPanel:
    """Which edit, how strong, how often."""

    def __init__(self, desk: Desk, jobs: Jobs, machine: MachinePanel) -> None:
        self._desk, self._jobs, self._machine = desk, jobs, machine

    def build(self) -> None:
        """The components, in the tab of the moment."""
        self.target = html(_target(None), elem_id="edit-target")
        tasks = [(I18N(task_key(task)), task) for task in TASKS]
        self.task = gr.Radio(tasks, value=TASKS[0], label=I18N("task"), elem_id="task")
        self.tags = [self._tag_choice(task) for task in TAGGED]
        self.meaning = html(_meaning(TASKS[0], _first_tag(TASKS[0])), elem_id="meaning")
        with gr.Column(visible=False) as self.tagged:
            self.tagged_text = gr.Textbox(
                label=I18N("tagged_text"), placeholder=I18N("tagged_hint"), lines=3, elem_id="tagged-text"
            )
            html(sound_buttons("tagged-text"), elem_id="edit-sounds", script="sounds")
        self.new_words = gr.Textbox(
            label=I18N("new_words"), placeholder=I18N("new_words_hint"), lines=3, visible=False, elem_id="new-words"
        )
        kinds = [(I18N(f"remove_{kind}"), kind) for kind in get_args(Removable)]
        self.remove = gr.CheckboxGroup(
            kinds, value=list(get_args(Removable)), label=I18N("remove"), visible=False, elem_id="remove"
        )
        with gr.Row() as self.strength:
            self.intensity = gr.Slider(
                *INTENSITY_RANGE,
                value=1.0,
                step=0.1,
                label=I18N("intensity"),
                info=I18N("intensity_info"),
                elem_id="intensity",
            )
            self.iterations = gr.Slider(
                *ITERATIONS_RANGE, value=1, step=1, label=I18N("iterations"), info=" ", elem_id="iterations"
            )
        with gr.Accordion(I18N("more_options"), open=False):
            self.seed = gr.Number(
                value=None, precision=0, label=I18N("seed"), info=I18N("seed_info"), elem_id="seed-edit"
            )
            self.checked = gr.Checkbox(label=I18N("check_result"), info=I18N("check_info"), elem_id="check-edit")
        self.run = gr.Button(I18N("run_edit"), variant="primary", elem_id="edit")

    @property
    def inputs(self) -> list[gr.components.Component]:
        """What `make` reads of this panel."""
        texts = [self.tagged_text, self.new_words, self.remove]
        return [self.task, *self.tags, *texts, self.intensity, self.iterations, self.seed, self.checked]

    def connect(self) -> None:
        """Events that concern this panel alone."""
        shown = [*self.tags, self.tagged, self.new_words, self.remove, self.strength, self.meaning]
        self.task.change(self._show_task, [self.task, *self.tags], shown, show_progress="hidden")
        for task, tags in zip(TAGGED, self.tags, strict=True):
            tags.change(lambda tag, task=task: _meaning(task, tag), tags, self.meaning, show_progress="hidden")

    def show(self, current: Take | None) -> str:
        """What the edit will be done to."""
        return _target(current)

    async def make(self, given: dict[gr.components.Component, Any], request: gr.Request) -> AsyncIterator[Told]:
        """Do the edit. `given`: the values of `inputs` and of the variant."""

        async def planned() -> Chain:
            session, take = await self._desk.current(request)
            task = given[self.task]
            if task == "fillers" and not given[self.remove]:
                raise Mistake("error_nothing_chosen")
            tags = {name: given[choice] for name, choice in zip(TAGGED, self.tags, strict=True)}
            texts = {"paralinguistic": given[self.tagged_text], "rewrite": given[self.new_words]}
            if task == "paralinguistic" and _other_words(given[self.tagged_text], take.transcript):
                raise Mistake("error_only_sounds", "text")
            changes_words = task in WORD_TASKS
            step = Step(
                task,
                tags.get(task, ""),
                1.0 if changes_words else given[self.intensity],
                1 if changes_words else int(given[self.iterations]),
                texts.get(task, ""),
                seed=drawn_seed(given[self.seed]),
                variant=given[self._machine.variant] or None,
                check=Check() if given[self.checked] else None,
                remove=tuple(given[self.remove]) if task == "fillers" else (),
            )
            return session, take, [(step,)]

        texts = {"paralinguistic": "tagged-text", "rewrite": "new-words"}
        field = texts.get(given[self.task], "edit-target")
        fields = {"input": field, "text": field, "input_text": field, "edits": field, "seed": "seed-edit"}
        async for update in self._jobs.run(planned, fields):
            yield update

    def _tag_choice(self, task: str) -> gr.Radio:
        choices = [(I18N(tag_key(task, tag)), tag) for tag in CATALOGUE[task].tags]
        return gr.Radio(
            choices,
            value=_first_tag(task),
            label=I18N("tag"),
            visible=task == TASKS[0],
            elem_id=f"tag-{task}",
            elem_classes="tags",
        )

    def _show_task(self, task: str, *tags: str) -> list[Any]:
        chosen = dict(zip(TAGGED, tags, strict=True)).get(task, "")
        choices = [gr.update(visible=name == task) for name in TAGGED]
        texts = [gr.update(visible=task == name) for name in ("paralinguistic", "rewrite", "fillers")]
        return [*choices, *texts, gr.update(visible=task not in WORD_TASKS), _meaning(task, chosen)]


def _other_words(tagged_text: str, transcript: str) -> bool:
    """Whether more than sounds differs between the text and what is known to be said."""
    written, said = _letters(parse_script(tagged_text).text), _letters(without_sound_tags(transcript))
    return bool(written and said) and written != said


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _target(take: Take | None) -> str:
    if take is None:
        return f'<p class="empty">{say("nothing_to_edit")}</p>'
    return f'<p class="target"><span class="over">{say("edits_take")}</span> <strong>{title(take)}</strong></p>'


def _first_tag(task: str) -> str:
    return next(iter(CATALOGUE[task].tags), "")


def _meaning(task: str, tag: str) -> str:
    advised = CATALOGUE[task].advised_iterations
    hint = f" {say('advised_iterations', **advised)}" if advised else ""
    return f'<p class="note">{say(meaning_key(task, tag))}{hint}</p>'
