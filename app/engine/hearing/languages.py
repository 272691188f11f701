"""The languages Whisper writes down: ISO-639-1 codes (two have none: ISO-639-3) with their English names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.engine.errors import UnknownLanguage
from app.engine.requests import Segment

_ROWS = """
af afrikaans|am amharic|ar arabic|as assamese|az azerbaijani|ba bashkir|be belarusian|bg bulgarian|bn bengali|bo tibetan
br breton|bs bosnian|ca catalan|cs czech|cy welsh|da danish|de german|el greek|en english|es spanish|et estonian
eu basque|fa persian|fi finnish|fo faroese|fr french|gl galician|gu gujarati|ha hausa|haw hawaiian|he hebrew|hi hindi
hr croatian|ht haitian creole|hu hungarian|hy armenian|id indonesian|is icelandic|it italian|ja japanese|jw javanese
ka georgian|kk kazakh|km khmer|kn kannada|ko korean|la latin|lb luxembourgish|ln lingala|lo lao|lt lithuanian|lv latvian
mg malagasy|mi maori|mk macedonian|ml malayalam|mn mongolian|mr marathi|ms malay|mt maltese|my myanmar|ne nepali
nl dutch|nn nynorsk|no norwegian|oc occitan|pa punjabi|pl polish|ps pashto|pt portuguese|ro romanian|ru russian
sa sanskrit|sd sindhi|si sinhala|sk slovak|sl slovenian|sn shona|so somali|sq albanian|sr serbian|su sundanese
sv swedish|sw swahili|ta tamil|te telugu|tg tajik|th thai|tk turkmen|tl tagalog|tr turkish|tt tatar|uk ukrainian|ur urdu
uz uzbek|vi vietnamese|yi yiddish|yo yoruba|yue cantonese|zh chinese
"""
LANGUAGES: Mapping[str, str] = dict(row.split(" ", 1) for line in _ROWS.split("\n") for row in line.split("|") if row)

_OPEN = frozenset({"", "auto", "detect", "autodetect", "auto-detect", "none", "null", "und", "unknown", "multi", "*"})
_OTHER_NAMES = {"jv": "jw", "mandarin": "zh", "cmn": "zh", "castilian": "es", "burmese": "my", "nb": "no", "fil": "tl"}


def language_code(language: str, param: str = "language") -> str:
    """The code for a code, a locale such as "zh-CN" or an English name, whatever its case. Raises InvalidRequest."""
    wanted = language.strip().lower()
    by_name = {name: code for code, name in LANGUAGES.items()} | _OTHER_NAMES
    for name in (wanted, wanted.replace("_", "-").split("-")[0]):
        if name in LANGUAGES:
            return name
        if name in by_name:
            return by_name[name]
    raise UnknownLanguage(language, param=param)


def is_to_be_detected(language: str) -> bool:
    """Whether a caller's word for the language leaves it open, as those of other servers' clients do."""
    return language.strip().lower() in _OPEN


def language_name(code: str) -> str:
    """The English name in lower case, as OpenAI's answers have it; the code itself where there is none."""
    return LANGUAGES.get(code, code)


def main_language(segments: Iterable[Segment]) -> str:
    """The language of most of the speech; empty where nothing is said."""
    seconds: dict[str, float] = {}
    for segment in segments:
        seconds[segment.language] = seconds.get(segment.language, 0.0) + segment.end_s - segment.start_s
    return max(seconds, key=seconds.__getitem__, default="")


def one_language(segments: Iterable[Segment]) -> str | None:
    """The language of all of the speech; None where there are several, or nothing is said."""
    found = {segment.language for segment in segments}
    return found.pop() if len(found) == 1 else None
