"""The web page at `/`: bring a recording, clone its voice or edit it, play and download the result.

Handlers are thin: they turn what is on the page into the engine's requests and its results into components. Whatever
goes wrong is told in the engine's own words, and nothing entered is lost.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np
from fastapi import FastAPI

from app.engine.audio import Audio, joined
from app.engine.decoding import DecodeLimits, decode
from app.engine.edits import CATALOGUE, INTENSITY_RANGE, ITERATIONS_RANGE, make_edit
from app.engine.engine import SPEED_RANGE, EditXEngine
from app.engine.errors import EngineError
from app.engine.job import JobControl, Progress
from app.engine.requests import CloneRequest, EditRequest, Reference, TranscribeRequest

if TYPE_CHECKING:
    from app.settings import Settings

logger = logging.getLogger(__name__)

Wave = tuple[int, np.ndarray[Any, np.dtype[np.int16]]]
Shown = tuple[Any, Any]  # the result player and the status line

ABOUT = """# EditX
Bring a short recording of a voice. **Clone** speaks new text in it; **Edit** changes the recording itself.
"""
VOICE_MATCHING = """This machine runs the embedded engine: it *matches* a voice (its pitch, colour and register, from
the nearest voices it knows); it does not copy the person. Edits work on your own recording. It speaks English and
Mandarin Chinese."""
EDIT_TASKS = [name for name in CATALOGUE if name != "clone"]
CSS = "footer {display: none !important} .status {min-height: 1.6em}"


def mount_page(app: FastAPI, engine: EditXEngine, settings: Settings) -> None:
    """Mount the page at `/` of the app. It uses the engine it is given and loads nothing from outside the machine."""
    system_fonts = ["system-ui", "sans-serif"]
    theme = gr.themes.Soft(font=system_fonts, font_mono=["ui-monospace", "monospace"])
    gr.mount_gradio_app(
        app,
        Page(engine, settings).build(),
        path="/",
        theme=theme,
        css=CSS,
        show_error=True,
        max_file_size=settings.max_upload_bytes,
        ssr_mode=False,
    )


class Page:
    """The page's components and what they do."""

    def __init__(self, engine: EditXEngine, settings: Settings) -> None:
        self._engine = engine
        self._job_timeout_s = settings.job_timeout_s
        self._fills_transcripts = settings.enable_auto_transcribe
        self._limits = DecodeLimits(settings.max_upload_bytes, settings.max_audio_s, settings.max_decoded_bytes)
        self._max_input_chars = settings.max_input_chars

    def build(self) -> gr.Blocks:
        """The Blocks of the page."""
        blocks = gr.Blocks(title="EditX", analytics_enabled=False)
        with blocks:
            gr.Markdown(ABOUT)
            if self._engine.status().backend.name == "embedded":
                gr.Markdown(VOICE_MATCHING)
            with gr.Row():
                with gr.Column():
                    preset, recording, transcript = self._build_recording()
                with gr.Column():
                    with gr.Tab("Clone"):
                        clone_inputs, clone_button = self._build_clone()
                    with gr.Tab("Edit"):
                        edit_inputs, edit_button = self._build_edit()
                    status = gr.Markdown(elem_classes="status", elem_id="status")
                    result = gr.Audio(
                        label="Result", interactive=False, format="wav", buttons=["download"], elem_id="result"
                    )
                    with gr.Row():
                        cancel = gr.Button("Cancel", elem_id="cancel")
                        reuse = gr.Button("Edit this result", elem_id="reuse")

            preset.input(self._load_preset, preset, [recording, transcript])
            gr.on([recording.upload, recording.stop_recording], self._transcribe, recording, transcript)
            recording.clear(lambda: "", None, transcript)
            shown = [result, status]
            cloning = clone_button.click(self._clone, [recording, transcript, *clone_inputs], shown)
            editing = edit_button.click(self._edit, [recording, transcript, *edit_inputs], shown)
            cancel.click(lambda: "Cancelled.", None, status, cancels=[cloning, editing])
            reuse.click(self._reuse, result, [recording, transcript])
        blocks.queue(default_concurrency_limit=None)
        return blocks

    def _build_recording(self) -> tuple[gr.Dropdown, gr.Audio, gr.Textbox]:
        voices = [(f"{v.name} - {v.description}", v.id) for v in self._engine.voices.all()]
        preset = gr.Dropdown(voices, value=None, label="Start from a preset voice", elem_id="preset")
        recording = gr.Audio(
            sources=["upload", "microphone"],
            type="filepath",
            buttons=["download"],
            label="Your recording (3 to 30 s)",
            elem_id="recording",
        )
        transcript = gr.Textbox(
            label="What is said in it",
            placeholder="Filled in by Whisper; correct it if needed.",
            lines=3,
            elem_id="transcript",
        )
        return preset, recording, transcript

    def _build_clone(self) -> tuple[list[gr.components.Component], gr.Button]:
        text = gr.Textbox(
            label="Text to speak",
            lines=5,
            max_length=self._max_input_chars,
            elem_id="text",
            placeholder="English or Chinese. Sounds such as [Laughter] or [Sigh] may stand in the text.",
        )
        with gr.Row():
            speed = gr.Slider(*SPEED_RANGE, value=1.0, step=0.05, label="Speed", elem_id="speed")
            intensity = gr.Slider(*INTENSITY_RANGE, value=1.0, step=0.1, label="Likeness", elem_id="likeness")
        return [text, speed, intensity], gr.Button("CLONE", variant="primary", elem_id="clone")

    def _build_edit(self) -> tuple[list[gr.components.Component], gr.Button]:
        first = EDIT_TASKS[0]
        with gr.Row():
            task = gr.Dropdown(EDIT_TASKS, value=first, label="Task", info=CATALOGUE[first].description, elem_id="task")
            tag = gr.Dropdown(**_tag_choices(first), label="Tag", elem_id="tag")
        with gr.Row():
            intensity = gr.Slider(*INTENSITY_RANGE, value=1.0, step=0.1, label="Intensity", elem_id="intensity")
            iterations = gr.Slider(*ITERATIONS_RANGE, value=1, step=1, label="Iterations", elem_id="iterations")
        text = gr.Textbox(
            label="The words with sound tags where they belong",
            visible=False,
            lines=3,
            elem_id="tagged-text",
            placeholder="Great[Laughter], the weather is so nice today. Left empty, the sound comes at the end.",
        )
        task.input(_show_task, task, [task, tag, text])
        tag.input(_show_tag, [task, tag], tag)
        return [task, tag, intensity, iterations, text], gr.Button("EDIT", variant="primary", elem_id="edit")

    # ---- handlers -------------------------------------------------------------------------------------------------

    async def _load_preset(self, voice_id: str | None) -> tuple[Wave | None, str]:
        if not voice_id:
            return None, ""
        with _told():
            voice = await asyncio.to_thread(self._engine.voices.find, voice_id)
        return _wave(voice.reference), voice.transcript

    async def _transcribe(self, path: str | None) -> str:
        if not path or not self._fills_transcripts:
            return ""
        with _told():
            audio = await self._decoded(path)
            segments = [s async for s in self._engine.transcribe(TranscribeRequest(audio), self._control())]
        return "".join(segment.text for segment in segments).strip()

    async def _clone(
        self, path: str | None, transcript: str, text: str, speed: float, likeness: float
    ) -> AsyncIterator[Shown]:
        with _told():
            reference = Reference(audio=await self._decoded(path), transcript=transcript)
            request = CloneRequest(text, reference, intensity=likeness, speed=speed)
            control = self._control()
            async with aclosing(self._shown(self._engine.clone(request, control), control)) as updates:
                async for update in updates:
                    yield update

    async def _edit(
        self, path: str | None, transcript: str, task: str, tag: str, intensity: float, iterations: float, text: str
    ) -> AsyncIterator[Shown]:
        with _told():
            edit = make_edit(task, tag or "", intensity, int(iterations))
            request = EditRequest(edit, await self._decoded(path), transcript or None, text or None)
            control = self._control()
            async with aclosing(self._shown(self._engine.edit(request, control), control)) as updates:
                async for update in updates:
                    yield update

    async def _reuse(self, result: Wave | None) -> tuple[Wave | None, Any]:
        if result is None:
            raise gr.Error("There is no result yet: clone or edit first.", title="Nothing to edit")
        return result, gr.skip()

    async def _shown(self, chunks: AsyncGenerator[Audio, None], control: JobControl) -> AsyncGenerator[Shown, None]:
        """Status while the job runs, then the whole result. Closing it (Cancel, a closed tab) stops the job."""
        yield gr.skip(), "Working ..."
        pieces: list[Audio] = []
        async with aclosing(chunks):
            async for piece in chunks:
                pieces.append(piece)
                yield gr.skip(), f"{sum(p.duration_s for p in pieces):.1f} s are ready ..."
        if not pieces:
            raise EngineError("The job made no sound.")
        whole = joined(pieces)
        notes = "".join(f"\n\n{warning}" for warning in control.warnings)
        yield _wave(whole), f"Done: {whole.duration_s:.1f} s.{notes}"

    async def _decoded(self, path: str | None) -> Audio:
        if not path:
            raise gr.Error("Upload or record a voice first, or choose a preset.", title="No recording")
        return await asyncio.to_thread(lambda: decode(Path(path).read_bytes(), self._limits, "recording"))

    def _control(self) -> JobControl:
        return JobControl(deadline_s=self._job_timeout_s, on_progress=_log_progress)


class _told:
    """Turns failures into messages on the page: the engine's in its own words, a bug of ours without details."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, EngineError):
            raise gr.Error(error.message, title="That did not work", duration=None, print_exception=False) from error
        if isinstance(error, Exception) and not isinstance(error, gr.Error):
            logger.error("the page's job failed", exc_info=error)
            raise gr.Error("The server failed. Its log says why.", duration=None, print_exception=False) from error


def _log_progress(progress: Progress) -> None:
    logger.debug("progress %.0f%% %s", 100 * progress.share, progress.step)


def _tag_choices(task: str) -> dict[str, Any]:
    """Choices, value, meaning of the value, and visibility of the tag list of a task."""
    tags = list(CATALOGUE[task].tags.values())
    return {
        "choices": [(f"{tag.name}  {tag.label_zh}", tag.name) for tag in tags],
        "value": tags[0].name if tags else None,
        "info": tags[0].description if tags else None,
        "visible": bool(tags),
    }


def _show_task(task: str) -> tuple[Any, Any, Any]:
    about = gr.update(info=CATALOGUE[task].description)
    return about, gr.update(**_tag_choices(task)), gr.update(visible=task == "paralinguistic")


def _show_tag(task: str, tag: str | None) -> Any:
    found = CATALOGUE[task].tags.get(tag or "")
    return gr.update(info=found.description) if found else gr.skip()


def _wave(audio: Audio) -> Wave:
    return audio.sample_rate, np.round(np.clip(audio.samples, -1, 1) * 32767).astype(np.int16)
