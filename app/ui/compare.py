"""Two takes beside each other, as HTML: the choice, one switch, waveforms, spectrograms and pitch curves."""

from __future__ import annotations

from collections.abc import Sequence

from app.studio.takes import Take
from app.ui.markup import icon, label, say, waveform
from app.ui.takes_html import facts, numbered_words, title

KINDS = ("spectrogram", "pitch")  # of pictures, drawn by static/pictures.js
MAX_MATCHING_DB = 30.0  # beyond, one of the two is next to silent


def comparison(takes: Sequence[Take], a: str, b: str) -> str:
    """The comparison of the takes `a` and `b`; where they are not given or gone, of the last two."""
    if len(takes) < 2:
        return f'<p class="empty">{say("compare_empty")}</p>'
    known = {take.id: take for take in takes}
    side_b = known.get(b) or next(t for t in reversed(takes) if t.id != a)
    side_a = known.get(a) or next(t for t in reversed(takes) if t is not side_b)
    span_s = max(side_a.duration_s, side_b.duration_s)
    sides = (("a", side_a), ("b", side_b))
    softest = min(side_a.loudness_lufs, side_b.loudness_lufs)
    chosen = "".join(_choice(side, take, takes) for side, take in sides)
    lanes = "".join(_lane(side, take, span_s, softest) for side, take in sides)
    pictures = "".join(f'<div class="pair">{_pictures(kind, sides, span_s)}</div>' for kind in KINDS)
    return (
        f'<div class="choices">{chosen}</div>'
        '<div class="controls">'
        f'<button type="button" class="primary" data-action="play">{icon("play")}{say("play")}</button>'
        f'<button type="button" data-action="switch">{say("switch_ab", side="B")}</button>'
        f'<label><input type="checkbox" data-action="match" checked> {say("matched")}</label>'
        f'<input type="range" min="0" max="{span_s:.3f}" step="0.01" value="0" data-action="seek" {label("seek")}>'
        f'<output>0.0</output></div><div class="lanes">{lanes}</div>{pictures}'
    )


def _choice(side: str, chosen: Take, takes: Sequence[Take]) -> str:
    options = "".join(
        f'<option value="{take.id}" {numbered_words(take)}{" selected" if take is chosen else ""}></option>'
        for take in takes
    )
    return f'<label>{say(f"choose_{side}")}<select data-side="{side}">{options}</select></label>'


def _lane(side: str, take: Take, span_s: float, softest_lufs: float) -> str:
    gain_db = max(-MAX_MATCHING_DB, softest_lufs - take.loudness_lufs)
    return (
        f'<figure class="lane" data-side="{side}"><figcaption><b>{side.upper()}</b> {title(take)} '
        f'<span class="facts">{facts(take, None)}</span></figcaption>'
        f'<div class="track">{waveform(take.peaks, share=take.duration_s / span_s)}<i class="head"></i></div>'
        f'<audio preload="auto" src="./page/takes/{take.id}.flac" data-gain="{10 ** (gain_db / 20):.4f}" '
        f'aria-label="{side.upper()}"></audio></figure>'
    )


def _pictures(kind: str, sides: Sequence[tuple[str, Take]], span_s: float) -> str:
    return "".join(
        f'<figure><figcaption id="caption-{kind}-{side}">{side.upper()}: {say(kind)}</figcaption>'
        f'<div class="plot"><canvas role="img" aria-labelledby="caption-{kind}-{side}" data-kind="{kind}" '
        f'data-take="{take.id}" data-span-s="{span_s:.3f}"></canvas><i class="head"></i></div></figure>'
        for side, take in sides
    )
