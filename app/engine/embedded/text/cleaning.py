"""What is not meant to be spoken is taken out: markup, emoji, invisible characters; typography is made plain.

Emoji are dropped, as people pass over them when they read aloud.
"""

from __future__ import annotations

import html
import re
import unicodedata

from app.engine.chinese import HAN_CHAR

EMOJI = re.compile(
    "[\U0001f000-\U0001faff\U000e0020-\U000e007f\u2600-\u27bf\u2b00-\u2bff\u2300-\u23ff\u25a0-\u25ff"
    "\ufe0e\ufe0f\u20e3\u200d]+"
)
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
UNSPOKEN_MARKS = str.maketrans({"™": "", "®": "", "℠": "", "©": "", "№": "No."})
KEYCAP = re.compile("([0-9#*])\ufe0f?\u20e3")

MARKDOWN = (
    (re.compile(r"^```.*$|^~~~.*$", re.MULTILINE), ""),  # code fences
    (re.compile(r"^\s{0,3}#{1,6}\s+(.+?)\s*#*$", re.MULTILINE), r"\1"),  # headings
    (re.compile(r"^\s{0,3}(?:[-*_]\s*){3,}$", re.MULTILINE), ""),  # rules
    (re.compile(r"^\s*>+\s?", re.MULTILINE), ""),  # quotes
    (re.compile(r"^\s*[-*+•‣▪◦]\s+", re.MULTILINE), "\n"),  # bullets
    (re.compile(r"!?\[([^\]\n]+)\]\([^)\s]+\)"), r"\1"),  # links and images
    (
        re.compile(r"(?<![A-Za-z0-9*])(\*{1,3}|_{2,3}|~~)(?=\S)(.+?)(?<=\S)\1(?![A-Za-z0-9*])"),
        r"\2",
    ),  # bold, italic, struck out
    (re.compile(r"(?<!\w)_(?=\S)([^_\n]+?)(?<=\S)_(?!\w)"), r"\1"),  # italic by underscores
    (re.compile(r"`+([^`\n]*)`+"), r"\1"),  # code
    (re.compile(r"</?[A-Za-z][^<>\n]*>"), " "),  # HTML tags
)

# A line that ends without punctuation (a title, an item of a list) still ends a breath group; a line that goes on in
# small letters was only wrapped.
OPEN_LINE_END = re.compile(r"(?<=[^\W_])[ \t]*(?:\n\s*\n\s*|\n[ \t]*(?![\sa-z]))")
SENTENCE_GAP = re.compile(r"\s*\n\s*")

PLAIN = str.maketrans(
    {
        "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "′": "'", "″": '"', "„": '"', "‟": '"',
        "‐": "-", "‑": "-", "−": "-", "﹣": "-", "‒": "–", "―": "—", "⁄": "/", "∕": "/",
        "•": ",", "‣": ",", "⋯": "…", "｡": "。", "､": "、", "〜": "～",
    }
)  # fmt: skip
# Compatibility forms to fold. Chinese punctuation stays as it is: the splitter and the Mandarin path know it.
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0).isalnum()} | {
    ord(wide): plain for wide, plain in zip("＋－＝＜＞％＆＠＃＄＊／＼＾＿｜　", "+-=<>%&@#$*/\\^_| ", strict=True)
}
SPACED_MEASURE = re.compile("(?<=[0-9]) (?=[个元块毛角年月日号点分秒度岁人次条只张本台部件公米千克斤万亿楼层页章])")
VULGAR_FRACTION = re.compile("(\\d*)([¼-¾⅐-⅞])")
SUPERSCRIPT = {"²": "^2", "³": "^3", "㎡": "m^2", "㎥": "m^3"}


def clean(text: str) -> str:
    """Plain text for the normalisers: one line, sentences apart by a space, apostrophes and hyphens of one kind."""
    text = html.unescape(text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    text = KEYCAP.sub(r"\1", text)
    for pattern, kept in MARKDOWN:
        text = pattern.sub(kept, text)
    text = INVISIBLE.sub("", EMOJI.sub(" ", text)).translate(FULL_WIDTH).translate(UNSPOKEN_MARKS)
    text = VULGAR_FRACTION.sub(_fraction, text)
    text = "".join(SUPERSCRIPT.get(c) or (unicodedata.normalize("NFKC", c) if _folds(c) else c) for c in text)
    text = unicodedata.normalize("NFC", text).translate(PLAIN)
    text = SPACED_MEASURE.sub("", text)
    text = re.sub(r"\.{3,}|…{2,}", "…", text)
    text = re.sub(r"([!?！？])[!?！？]+", r"\1", text)
    text = SENTENCE_GAP.sub(" ", OPEN_LINE_END.sub(_line_end, text))
    return re.sub(r"\s+", " ", text).strip()


def _fraction(found: re.Match[str]) -> str:
    """ "2½" -> "2 1/2"."""
    return f"{found[1]} {unicodedata.normalize('NFKC', found[2]).replace('⁄', '/')}".strip()


def _folds(c: str) -> bool:
    """Whether a character is a mere variant of a plain one: ligatures, circled and mathematical letters and digits."""
    is_wide_text = 0x3000 <= ord(c) < 0x3200 or 0x3400 <= ord(c) <= 0xFFEF
    return (ord(c) > 0x2000 and not is_wide_text and c != "…") or 0xFB00 <= ord(c) <= 0xFB06


def _line_end(found: re.Match[str]) -> str:
    before = found.string[found.start() - 1]
    return "。" if HAN_CHAR.match(before) else ". "
