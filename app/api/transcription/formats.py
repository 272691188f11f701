"""A transcript in OpenAI's formats."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

import orjson

from app.api.transcription.fields import TranscriptionFields
from app.engine.content.aligning import heard_words
from app.engine.content.subtitles import Caption, captions
from app.engine.content.words import Words
from app.engine.hearing.languages import language_name
from app.engine.requests import Segment, Transcript

NO_LANGUAGE = "unknown"  # verbose_json needs a name even where nothing is said
ONLY_SPEAKER = "A"  # the first label of OpenAI's diarizing model
DIARIZED: Literal["diarized_json"] = "diarized_json"


def usage(duration_s: float) -> dict[str, Any]:
    """What the request cost, in OpenAI's words."""
    return {"type": "duration", "seconds": math.ceil(duration_s)}


def diarized_segment(segment: Segment) -> dict[str, Any]:
    """A segment of `diarized_json`, which is also an event."""
    return {
        "type": "transcript.text.segment",
        "id": f"seg_{segment.id:03}",
        "start": segment.start_s,
        "end": segment.end_s,
        "text": segment.text,
        "speaker": ONLY_SPEAKER,
    }


def _json(transcript: Transcript, _fields: TranscriptionFields) -> str:
    return orjson.dumps({"text": transcript.text, "usage": usage(transcript.duration_s)}).decode()


def _text(transcript: Transcript, _fields: TranscriptionFields) -> str:
    return transcript.text + "\n"


def _srt(transcript: Transcript, _fields: TranscriptionFields) -> str:
    return srt(heard_words(transcript.segments))


def _vtt(transcript: Transcript, _fields: TranscriptionFields) -> str:
    return vtt(heard_words(transcript.segments))


def srt(words: Words) -> str:
    """Words as SubRip has them."""
    return "".join(f"{n}\n{_cue(caption, ',')}" for n, caption in enumerate(captions(words), 1))


def vtt(words: Words) -> str:
    """Words as WebVTT has them."""
    return "WEBVTT\n\n" + "".join(_cue(caption, ".") for caption in captions(words))


def _verbose_json(transcript: Transcript, fields: TranscriptionFields) -> str:
    granularities = fields.timestamp_granularities or ["segment"]
    answer: dict[str, Any] = {
        "task": fields.task,
        "language": _language(transcript, fields),
        "duration": round(transcript.duration_s, 3),
        "text": transcript.text,
        "usage": usage(transcript.duration_s),
    }
    if "segment" in granularities:
        answer["segments"] = [_segment(s) for s in transcript.segments]
    if "word" in granularities:
        answer["words"] = [{"word": w.text.strip(), "start": w.start_s, "end": w.end_s} for w in transcript.words]
    return orjson.dumps(answer).decode()


def _language(transcript: Transcript, fields: TranscriptionFields) -> str:
    """The language of the text: of a translation it is English, whatever is spoken."""
    if fields.task == "translate":
        return "english"
    return language_name(transcript.language) if transcript.language else NO_LANGUAGE


def _diarized_json(transcript: Transcript, fields: TranscriptionFields) -> str:
    answer = {
        "task": fields.task,
        "duration": round(transcript.duration_s, 3),
        "text": transcript.text,
        "segments": [diarized_segment(s) for s in transcript.segments],
        "usage": usage(transcript.duration_s),
    }
    return orjson.dumps(answer).decode()


def _segment(segment: Segment) -> dict[str, Any]:
    return {
        "id": segment.id,
        "seek": segment.seek,
        "start": segment.start_s,
        "end": segment.end_s,
        "text": segment.text,
        "tokens": list(segment.tokens),
        "temperature": segment.temperature,
        "avg_logprob": segment.avg_logprob,
        "compression_ratio": segment.compression_ratio,
        "no_speech_prob": segment.no_speech_prob,
    }


def _cue(caption: Caption, point: str) -> str:
    """Times and text of a cue: an arrow or an empty line in it would end the cue."""
    lines = (" ".join(line.split()).replace("-->", "->") for line in caption.lines)
    text = "\n".join(filter(None, lines))
    return f"{_clock(caption.start_s, point)} --> {_clock(caption.end_s, point)}\n{text}\n\n"


def _clock(time_s: float, point: str) -> str:
    total_ms = round(time_s * 1000)
    minutes, ms = divmod(total_ms, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{ms // 1000:02}{point}{ms % 1000:03}"


FORMATS: Mapping[str, tuple[str, Callable[[Transcript, TranscriptionFields], str]]] = {
    "json": ("application/json", _json),
    "text": ("text/plain; charset=utf-8", _text),
    "srt": ("text/plain; charset=utf-8", _srt),
    "vtt": ("text/vtt; charset=utf-8", _vtt),
    "verbose_json": ("application/json", _verbose_json),
    DIARIZED: ("application/json", _diarized_json),
}
