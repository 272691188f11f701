"""HTML of the page: words that can change language, icons, waveforms. Everything from users is escaped here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape as _escape

from app.ui.words import Word, in_english

# Paths of 24 x 24 icons, drawn with strokes.
_ICONS = {
    "play": '<path d="M7 4v16l13-8z" fill="currentColor"/>',
    "upload": '<path d="M12 16V4m0 0L7 9m5-5 5 5M4 20h16"/>',
    "mic": '<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5 11a7 7 0 0 0 14 0M12 18v3"/>',
    "download": '<path d="M12 4v12m0 0 5-5m-5 5-5-5M4 20h16"/>',
    "pen": '<path d="m4 20 1-5L16 4l4 4L9 19z"/>',
    "again": '<path d="M20 11a8 8 0 1 0-2 6M20 4v7h-7"/>',
    "trash": '<path d="M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13"/>',
    "voice": '<circle cx="12" cy="8" r="4"/><path d="M4 21c1-5 4-7 8-7s7 2 8 7"/>',
    "share_voice": '<circle cx="6" cy="12" r="2.5"/><circle cx="18" cy="5" r="2.5"/><circle cx="18" cy="19" r="2.5"/>'
    '<path d="m8 11 8-5M8 13l8 5"/>',
    "unshare_voice": '<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>',
    "star": '<path d="m12 4 2.5 5.3 5.7.7-4.2 4 1.1 5.8-5.1-2.8-5.1 2.8 1.1-5.8-4.2-4 5.7-.7z"/>',
    "unstar": '<path d="m12 4 2.5 5.3 5.7.7-4.2 4 1.1 5.8-5.1-2.8-5.1 2.8 1.1-5.8-4.2-4 5.7-.7z" fill="currentColor"/>',
    "fold": '<path d="m6 9 6 6 6-6"/>',
    "copy": '<rect x="8" y="8" width="12" height="12" rx="2"/><path d="M4 16V4h12"/>',
    "theme": '<circle cx="12" cy="12" r="8"/><path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor"/>',
    "more": '<circle cx="5" cy="12" r="1.5"/><circle cx="12" cy="12" r="1.5"/><circle cx="19" cy="12" r="1.5"/>',
}


def escape(text: str) -> str:
    """The text as HTML. Braces and dollars too: Gradio reads its HTML as a template."""
    return _escape(text).replace("{", "&#123;").replace("}", "&#125;").replace("$", "&#36;")


def say(key: str, **values: object) -> str:
    """A span with the words of `key`: English here, the language of the moment in the browser."""
    return f"<span {words(key, **values)}>{escape(in_english(key, **values))}</span>"


def words(key: str, **values: object) -> str:
    """Attributes that give any element the words of `key` as its text."""
    return f'data-word="{key}"' + _values(values)


def label(key: str, **values: object) -> str:
    """Attributes that give an element the words of `key` as its accessible name and tooltip."""
    text = escape(in_english(key, **values))
    return f'aria-label="{text}" title="{text}" data-label="{key}"' + _values(values)


def confirm(key: str, act: str, **values: object) -> str:
    """Attributes that make the scripts ask the question of `key` before an action is done, which `act` names."""
    return f'data-confirm="{key}" data-act="{act}"' + _values(values, "data-confirm-values")


def icon(name: str) -> str:
    """An icon; decoration only, so screen readers skip it."""
    return (
        '<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
        f'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{_ICONS[name]}</svg>'
    )


def waveform(peaks: Sequence[float], share: float = 1.0) -> str:
    """A clip's outline as one filled shape; `share` of the width is used, for clips on a common time scale."""
    if not peaks:
        return ""
    loudest = max(max(peaks), 0.05)
    heights = [max(0.4, 18 * peak / loudest) for peak in peaks]
    width = 400 * share / len(peaks)
    bars = "".join(
        f"M{n * width + width / 2:.1f} {20 - height:.1f}V{20 + height:.1f}" for n, height in enumerate(heights)
    )
    stroke = max(0.6, width * 0.6)
    return (
        '<svg class="wave" viewBox="0 0 400 40" preserveAspectRatio="none" aria-hidden="true">'
        f'<path d="{bars}" stroke="currentColor" stroke-width="{stroke:.2f}"/></svg>'
    )


def rows(pairs: Iterable[tuple[str, str]]) -> str:
    """A list of facts: a word key and ready HTML each."""
    return "<dl>" + "".join(f"<dt>{say(key)}</dt><dd>{value}</dd>" for key, value in pairs) + "</dl>"


def alert(html: str) -> str:
    """A mistake, told where it happened."""
    return f'<div class="alert" role="alert">{html}</div>' if html else ""


def _values(values: dict[str, object], attribute: str = "data-values") -> str:
    if not values:
        return ""
    return f' {attribute}="{escape(json.dumps(plain(values), ensure_ascii=False))}"'


def plain(values: Mapping[str, object]) -> dict[str, object]:
    """The values of words as the scripts read them."""
    return {
        name: {"word": value.key} | ({"values": plain(value.values)} if value.values else {})
        if isinstance(value, Word)
        else value
        for name, value in values.items()
    }
