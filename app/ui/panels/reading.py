"""Reading: how the text to speak will be read, and the pronunciations that mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import gradio as gr

from app.engine.pronunciations import typed_lexicon
from app.engine.reading import ReadSpan
from app.engine.script import Script, parse_script
from app.ui.components import I18N, html
from app.ui.desk import Desk
from app.ui.markup import alert, escape, say


class ReadingPanel:
    """Pronunciations of words, with what is wrong with them beside the field, and the reading of the text on demand."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def build(self) -> None:
        """The components, under the text of the clone panel."""
        self.pronunciations = gr.Textbox(
            label=I18N("pronunciations"),
            info=I18N("pronunciations_info"),
            lines=2,
            max_lines=8,
            elem_id="pronunciations",
        )
        self._fault = html(elem_id="pronunciations-fault")
        self.show = gr.Button(I18N("show_reading"), size="sm", elem_id="show-reading")
        self._reading = html(elem_id="reading")

    def connect(self, text: gr.Textbox) -> None:
        """The events of the panel, which reads `text`."""
        self.pronunciations.blur(self.check, self.pronunciations, self._fault, show_progress="hidden")
        self.show.click(self.read, [text, self.pronunciations], [self._fault, self._reading], show_progress="hidden")

    async def check(self, pronunciations: str) -> str:
        """What is wrong with the field, as HTML; "" where nothing is."""
        try:
            typed_lexicon(pronunciations, "pronunciations")
        except Exception as error:  # noqa: BLE001 - told to the user; bugs are logged there
            return alert(self._desk.told(error))
        return ""

    async def read(self, text: str, pronunciations: str) -> tuple[str, str]:
        """What is wrong with text or field, and how the text is read, as HTML."""
        try:
            script = replace(parse_script(text), lexicon=typed_lexicon(pronunciations, "pronunciations"))
            spans = await self._desk.engine.read(script, "input")
        except Exception as error:  # noqa: BLE001 - told to the user; bugs are logged there
            return alert(self._desk.told(error)), ""
        return "", shown(spans)


def shown(spans: Sequence[ReadSpan]) -> str:
    """Every stretch that is said otherwise than it is written, and every word with its phonemes under it."""
    stretches = [
        f"<li><code>{escape(reading.written.strip())}</code> {escape(reading.spoken.strip())}</li>"
        for span in spans
        for reading in span.readings
        if reading.written.strip() != reading.spoken.strip() and reading.spoken.strip()
    ]
    words = [
        f"<ruby>{escape(word.text)}<rt>{escape(word.phonemes)}</rt></ruby>"
        for span in spans
        for word in span.words
        if not word.is_mark
    ]
    by_letters = "" if words else f"<p>{say('reading_by_letters')}</p>"
    return f"<ul>{''.join(stretches)}</ul><p>{' '.join(words)}</p>{by_letters}"


def marks(script: Script) -> str:
    """Words in brackets that are read aloud, as HTML; what may be meant is a button that puts it in their place."""
    near = [
        f"<li>{say('read_aloud_meant', written=slip.written)} "
        f'<button type="button" class="chip" data-slip="[{escape(slip.written)}]" data-meant="[{escape(slip.tag)}]">'
        f"[{escape(slip.tag)}]</button></li>"
        for slip in script.near_misses
    ]
    others = [f"<li>{say('read_aloud', written=written)}</li>" for written in script.no_sounds]
    return f'<ul class="marks">{"".join([*near, *others])}</ul>' if near or others else ""
