"""What is not meant to be spoken is taken out: markup, emoji, invisible characters; typography is made plain.

Emoji are dropped, as people pass over them when they read aloud.
"""

from __future__ import annotations

import html
import re
import unicodedata

from app.engine.chinese import HAN_CHAR

EMOJI = re.compile(
    "[\U0001f000-\U0001faff\U000e0020-\U000e007f\u2600-\u2653\u2660-\u266c\u2670-\u27bf\u2b00-\u2bff\u2300-\u23ff\u25a0-\u25ff"
    "\ufe0e\ufe0f\u20e3\u200d]+"
)
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
UNSPOKEN_MARKS = str.maketrans(
    {"™": "", "®": "", "℠": "", "©": "", "№": "No."}
    | dict(zip("♔♕♖♗♘♚♛♜♝♞", "KQRBNKQRBN", strict=True))
    | {"♙": "", "♟": ""}
)
# Marks of notes behind a word: [3], [12, 13], [a], [citation needed], raised digits, daggers.
NOTE = re.compile(
    r"(?<=[\w.,;:!?)”\"'。，])(?:\[(?:\d{1,3}(?:\s?[,–-]\s?\d{1,3}){0,8}|[a-z]|\^?\w{1,12}\^?|note \d{1,3}"
    r"|citation needed|sic)\]){1,8}"
    r"|[ \t]\[\d{1,3}(?:\s?[,–-]\s?\d{1,3}){1,8}\]|[ \t]\[\d{1,3}\](?=[.,;:]|$)"
    r"|\[\^[\w-]{1,12}\]|(?<=[^\W\d_]{3})[¹²³⁰⁴-⁹]{1,3}(?![\w⁻])|(?<=[.,;:!?)”])[¹²³⁰⁴-⁹]{1,3}(?!\w)|(?<=[\w.,;])[†‡]"
)
RAISED = re.compile("[⁻⁺]?[⁰¹²³⁴-⁹]+")
WRAPPED_WORD = re.compile(r"(?<=[a-z])-[ \t]*\n[ \t]*(?=[a-z])")
DOUBLE_HYPHEN = re.compile(r"(?<=[\w.,!?'\"’”)])(?:[ \t]++-{2,3}[ \t]++|-{2,3})(?=[\w'\"‘“(])(?![\w-]*=)")
COMMENT = re.compile(r"<!--[^<>]{0,500}-->|<(script|style)\b[^<>]{0,200}>[^<>]{0,2000}</\1>", re.IGNORECASE)
TABLE_RULE = re.compile(r"^[ \t]*+\|?[ \t]*+:?-{2,}:?[ \t]*+(?:\|[ \t]*+:?-{2,}:?[ \t]*+)*+\|?[ \t]*+$", re.MULTILINE)
TABLE_ROW = re.compile(r"^[ \t]*+\|(.{1,1000})\|[ \t]*+$", re.MULTILINE)
KEYCAP = re.compile("([0-9#*])\ufe0f?\u20e3")

# Quantifiers are bounded or possessive, so that cleaning is linear in the length of any text.
MARKDOWN = (
    (re.compile(r"^(?:```|~~~).*$", re.MULTILINE), ""),  # code fences
    (re.compile(r"^[ \t]{0,3}#{1,6}[ \t]++([^\n]+?)[ \t]*#*$", re.MULTILINE), r"\1"),  # headings
    (re.compile(r"^[ \t]{0,3}(?:[-*_][ \t]*+){3,}+$", re.MULTILINE), ""),  # rules
    (re.compile(r"^[ \t]*+>++[ \t]?", re.MULTILINE), ""),  # quotes
    (re.compile(r"^[ \t]*+[-*+•‣▪◦][ \t]++(?:\[[ xX]\][ \t]++)?", re.MULTILINE), "\n"),  # bullets and boxes
    (re.compile(r"!?\[([^\[\]\n]{1,300})\]\([^()\s]{1,500}\)"), r"\1"),  # links and images
    (
        re.compile(r"(?<![A-Za-z0-9*_~])(\*{1,3}|_{2,3}|~~)(?=[^\s*_~])([^\n*]{1,300}?)(?<=\S)\1(?![A-Za-z0-9*])"),
        r"\2",
    ),  # bold, italic, struck out
    (re.compile(r"(?<!\w)_(?=[^\s_])([^_\n]{1,300})(?<=\S)_(?!\w)"), r"\1"),  # italic by underscores
    (re.compile(r"(?<!`)`++([^`\n]{0,300})`++"), r"\1"),  # code
    (re.compile(r"</?[A-Za-z][^<>\n]{0,300}>"), " "),  # HTML tags
)

# A line that ends without punctuation (a title, an item of a list) still ends a breath group; a line that goes on in
# small letters was only wrapped.
OPEN_LINE_END = re.compile(r"(?<=[^\W_])[ \t]*+(?:\n[ \t]*+\n\s*+|\n[ \t]*+(?![\sa-z]))")
SENTENCE_GAP = re.compile(r"(?<!\s)\s*\n\s*")

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
VULGAR_FRACTION = re.compile("((?<!\\d)\\d{1,9})?([¼-¾⅐-⅞])(?=([A-Za-z0-9¼-¾⅐-⅞])?)")
MOST_MARKS = 3  # accents on one letter; normalising takes time quadratic in their number
SUPERSCRIPT = {"㎡": "m^2", "㎥": "m^3"}


def clean(text: str) -> str:
    """Plain text for the normalisers: one line, sentences apart by a space, apostrophes and hyphens of one kind."""
    text = _few_marks(html.unescape(text)).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    text = COMMENT.sub(" ", KEYCAP.sub(r"\1", text))
    text = TABLE_ROW.sub(lambda row: re.sub(r"\s*\|\s*", ", ", row[1].strip(" |")), TABLE_RULE.sub("", text))
    for pattern, kept in MARKDOWN:
        text = pattern.sub(kept, text)
    text = WRAPPED_WORD.sub("-", NOTE.sub("", text))
    text = DOUBLE_HYPHEN.sub(" — ", RAISED.sub(lambda raised: "^" + unicodedata.normalize("NFKC", raised[0]), text))
    text = INVISIBLE.sub("", EMOJI.sub(" ", text)).translate(FULL_WIDTH).translate(UNSPOKEN_MARKS)
    text = VULGAR_FRACTION.sub(_fraction, text)
    text = "".join(
        SUPERSCRIPT.get(c)
        or (str(unicodedata.decimal(c)) if c.isdecimal() else unicodedata.normalize("NFKC", c) if _folds(c) else c)
        for c in text
    )
    text = unicodedata.normalize("NFC", text).translate(PLAIN)
    text = SPACED_MEASURE.sub("", text)
    text = re.sub(r"\.{3,}|…{2,}", "…", text)
    text = re.sub(r"([!?！？])[!?！？]+", r"\1", text)
    text = SENTENCE_GAP.sub(" ", OPEN_LINE_END.sub(_line_end, text))
    return re.sub(r"\s+", " ", text).strip()


def _few_marks(text: str) -> str:
    """The text without the accents that are heaped on one letter beyond the third."""
    if text.isascii():
        return text
    n_marks, kept = 0, []
    for c in text:
        n_marks = n_marks + 1 if unicodedata.combining(c) else 0
        if n_marks <= MOST_MARKS:
            kept.append(c)
    return "".join(kept)


def _fraction(found: re.Match[str]) -> str:
    """ "2½" -> "2 1/2", apart from a letter, a digit or another fraction behind it."""
    spoken = f"{found[1] or ''} {unicodedata.normalize('NFKC', found[2]).replace('⁄', '/')}".strip()
    return spoken + (" " if found[3] else "")


def _folds(c: str) -> bool:
    """Whether a character is a mere variant of a plain one: ligatures, circled and mathematical letters and digits."""
    is_wide_text = 0x3000 <= ord(c) < 0x3200 or 0x3400 <= ord(c) <= 0xFFEF
    return (ord(c) > 0x2000 and not is_wide_text and c != "…") or 0xFB00 <= ord(c) <= 0xFB06


def _line_end(found: re.Match[str]) -> str:
    before = found.string[found.start() - 1]
    return "。" if HAN_CHAR.match(before) else ". "
