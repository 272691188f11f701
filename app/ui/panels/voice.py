"""Bring a voice: upload, record, or take one from the library; correct its transcript; save it under a name."""

from __future__ import annotations

from typing import Any

import gradio as gr

from app import logs
from app.engine.errors import EngineError
from app.engine.hearing.languages import LANGUAGES
from app.engine.library.voices import VoiceInfo
from app.settings import MIB
from app.studio.takes import Take
from app.ui.components import I18N, html
from app.ui.desk import Desk
from app.ui.event_values import said
from app.ui.markup import alert, confirm, escape, icon, label, say, waveform
from app.ui.messages import Mistake, notes
from app.ui.panels.language_words import language_key
from app.ui.panels.takes import Notice, noticed
from app.ui.takes_html import change_words, title
from app.ui.words import Word, preset_key


class VoicePanel:
    """The voice that clones speak in."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def build(self) -> None:
        """The components, in the column of the moment."""
        gr.HTML(f"<h2>{say('voice_title')}</h2>", apply_default_css=False)
        with gr.Tabs(elem_id="voice-tabs"):
            with gr.Tab(I18N("tab_recording")):
                max_mb = self._desk.settings.max_upload_bytes // MIB
                self.bring = html(_bring(max_mb), elem_id="bring", script="voiceInput", events="upload")
            with gr.Tab(I18N("tab_library")):
                self.library = html(
                    "", elem_id="library", script="actions", events="use remove share_voice unshare_voice"
                )
        self.card = html("", elem_id="voice-card")
        self.transcript = gr.Textbox(
            label=I18N("transcript"),
            placeholder=I18N("transcript_hint"),
            lines=2,
            max_lines=6,
            elem_id="transcript",
        )
        html('<div data-live="heard" role="status"></div>', elem_id="heard")
        with gr.Accordion(I18N("save_voice"), open=False, elem_id="save-voice"):
            self.name = gr.Textbox(label=I18N("voice_name"), max_lines=1, elem_id="voice-name")
            self.save = gr.Button(I18N("save"), size="sm", elem_id="save-voice-button")
        self.saved = html("", elem_id="voice-saved")
        if self._desk.engine.status().backend.matches_voices:
            gr.HTML(f'<p class="note">{say("note_embedded")}</p>', apply_default_css=False)

    def connect(self) -> list[gr.events.Dependency]:
        """The events that change the library."""
        saving = [self.name, self.transcript]
        return [
            gr.on([self.save.click, self.name.submit], self._save, saving, [self.saved, self.name]),
            self.library.share_voice(self.share, None, self.saved, show_progress="hidden"),
            self.library.unshare_voice(self.unshare, None, self.saved, show_progress="hidden"),
        ]

    # ---- showing --------------------------------------------------------------------------------------------------

    def show(self, voice: Take | None) -> str:
        """The voice of the session."""
        return f'<p class="empty">{say("no_voice_yet")}</p>' if voice is None else _card(voice)

    async def show_library(self, request: gr.Request) -> str:
        """The voices that the session sees."""
        try:
            reader = self._desk.session(request).reader
        except Mistake:
            reader = ""
        voices = await self._desk.engine.files.run(self._desk.engine.voices.all, reader)
        saved = [voice for voice in voices if voice.source == "custom"]
        groups = (
            ("saved_voices", [voice for voice in saved if voice.owner == reader]),
            ("shared_voices", [voice for voice in saved if voice.owner != reader]),
            ("preset_voices", [voice for voice in voices if voice.source == "builtin"]),
        )
        keeps_house = self._desk.keeps_house(request)
        shelves = "".join(
            f'<h3>{say(key)}</h3><ul class="voices">'
            f"{''.join(_voice_row(voice, reader, keeps_house) for voice in group)}</ul>"
            for key, group in groups
            if group
        )
        return f'<div class="shelf" tabindex="0">{shelves}</div>'

    # ---- handlers -------------------------------------------------------------------------------------------------

    async def bring_take(self, event: gr.EventData, request: gr.Request) -> str:
        """Speak in the voice of a recording that came in, or of any take; what is wrong with it is told."""
        try:
            session = self._desk.session(request)
            control = self._desk.control(session)
            await self._desk.studio.use_voice(session, said(event, "take"), control)
        except (EngineError, Mistake) as error:
            return alert(self._desk.told(error))
        return notes(control.warnings)

    async def bring_from_library(self, event: gr.EventData, request: gr.Request) -> str:
        """Speak in a voice of the library; what went wrong is told."""
        try:
            await self._desk.studio.use_library_voice(self._desk.session(request), said(event, "voice"))
        except (EngineError, Mistake) as error:
            return alert(self._desk.told(error))
        return ""

    async def _save(self, name: str, transcript: str, request: gr.Request) -> tuple[Any, Any]:
        try:
            logs.name_request("page")
            session, voice = await self._desk.voice(request)
            control = self._desk.control(session)
            saved = await self._desk.studio.save_voice(session, voice.id, name, transcript, control)
        except (EngineError, Mistake) as error:
            return alert(self._desk.told(error)), gr.skip()
        said = f'<p role="status" class="done">{say("voice_saved", name=saved.name)}</p>'
        return said + notes(control.warnings), ""

    async def remove(self, event: gr.EventData, request: gr.Request) -> tuple[str, Notice]:
        """Take a voice out of the library; what was done is said, with a way back."""
        try:
            session = self._desk.session(request)
            keeps_house = self._desk.keeps_house(request)
            await self._desk.studio.delete_voice(session, said(event, "voice"), keeps_house=keeps_house)
        except (EngineError, Mistake) as error:
            return alert(self._desk.told(error)), {}
        seen = await self._desk.studio.tree(session)
        return "", noticed("done_last", seen, change_words(seen.to_undo, seen), can_undo=True)

    async def share(self, event: gr.EventData, request: gr.Request) -> str:
        """Let everybody see a voice."""
        return await self._share(event, request, is_shared=True)

    async def unshare(self, event: gr.EventData, request: gr.Request) -> str:
        """Let its owner alone see a voice."""
        return await self._share(event, request, is_shared=False)

    async def _share(self, event: gr.EventData, request: gr.Request, *, is_shared: bool) -> str:
        try:
            reader = self._desk.session(request).reader
            share = self._desk.engine.voices.share
            await self._desk.engine.files.run(share, said(event, "voice"), reader, is_shared)
        except (EngineError, Mistake) as error:
            return alert(self._desk.told(error))
        return ""


def heard(desk: Desk, voice: Take | None) -> str:
    """Whether Whisper listens to the voice, or what it made of that."""
    if voice is None:
        return ""
    if desk.settings.enable_auto_transcribe and desk.listening.waits(voice):
        return f'<p class="busy">{say("listening")}</p>'
    fault = None if voice.transcript else desk.listening.failure(voice)
    return alert(desk.told(fault)) if fault is not None else _language(voice)


def _bring(max_mb: int) -> str:
    return (
        f'<div class="drop" data-limit-mb="{max_mb}">'
        f'<button type="button" class="primary" data-action="choose">{icon("upload")}{say("upload")}</button>'
        f'<button type="button" data-action="record">{icon("mic")}{say("record")}</button>'
        f'<input type="file" accept="audio/*,video/webm,video/mp4" multiple hidden {label("upload")}>'
        f'<p class="hint">{say("upload_hint", mb=max_mb)}</p></div>'
        f'<div class="status" role="status"></div><div class="trouble"></div>'
    )


def _card(voice: Take) -> str:
    return (
        f'<div class="voice-card"><span class="over">{say("current_voice")}</span><strong>{title(voice)}</strong>'
        f"{waveform(voice.peaks)}"
        f'<audio controls preload="metadata" src="./page/takes/{voice.id}.flac" {label("hear")}></audio></div>'
    )


def _language(voice: Take) -> str:
    if not voice.language:
        return ""
    known = voice.language in LANGUAGES  # a recipe or a voice of the API may say anything
    name = Word(language_key(voice.language)) if known else voice.language
    return f'<p class="note">{say("language_is", language=name)}</p>'


def _voice_row(voice: VoiceInfo, reader: str, keeps_house: bool) -> str:
    if voice.source == "builtin":
        name, traits = say(preset_key(voice.id)), [escape(voice.id)]
    else:
        known = ("female", "male", "locale_en_us", "locale_en_gb", "locale_zh_cn")
        traits = [
            say(key) for key in (f"locale_{voice.locale.lower().replace('-', '_')}", voice.gender) if key in known
        ]
        name = escape(voice.name)
    is_own = voice.source == "custom" and bool(voice.owner) and voice.owner == reader
    is_removable = is_own or (voice.source == "custom" and not voice.owner and keeps_house)
    if is_own and voice.is_shared:
        traits.append(say("trait_shared"))
    return (
        f'<li data-voice="{voice.id}"><button type="button" class="round" data-action="hear" '
        f'data-src="./page/voices/{voice.id}.wav" '
        f'{label("hear")}>{icon("play")}</button><span class="who"><strong>{name}</strong>'
        f"<small>{' · '.join(traits)}</small></span>"
        f'<button type="button" data-action="use" data-voice="{voice.id}">{say("use_voice")}</button>'
        f"{_share_button(voice) if is_own else ''}{_remove_button(voice) if is_removable else ''}</li>"
    )


def _share_button(voice: VoiceInfo) -> str:
    act = "unshare_voice" if voice.is_shared else "share_voice"
    return (
        f'<button type="button" class="round" data-action="{act}" data-voice="{voice.id}" {label(act)}>'
        f"{icon(act)}</button>"
    )


def _remove_button(voice: VoiceInfo) -> str:
    return (
        f'<button type="button" class="round" data-action="remove" data-voice="{voice.id}" '
        f"{confirm('delete_voice_really', 'delete_voice', name=voice.name)} {label('delete_voice')}>"
        f"{icon('trash')}</button>"
    )
