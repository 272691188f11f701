"""How addresses, paths, codes and numbered names found in English text are read. Each function reads one match."""

from __future__ import annotations

import re

from app.engine.embedded.text.english.amounts import follows_code_word
from app.engine.embedded.text.english.context import spell, text_before, word_after, word_before
from app.engine.embedded.text.english.numbers import cardinal, digits, number, ordinal, plural, short_number
from app.engine.embedded.text.english.tables import (
    CHESS,
    FILE_ENDINGS,
    NAMED_CODES,
    NUMBERED,
    PATH_WORDS,
    REGNAL,
    REGNAL_TITLES,
    SPELLED_DOMAINS,
    SPELLED_ENDINGS,
    URL_SIGNS,
)
from app.engine.embedded.text.word_lists import words

PARTS = re.compile(r"[A-Za-zÀ-ɏ]+|\d+|[^\w\s]|_")


def address(found: re.Match[str]) -> str:
    """A URL, a host name or an e-mail address: every sign by its name, the scheme left out."""
    address = re.sub(r"^(?:https?|ftp|file|mailto)://|^mailto:", "", found[0], flags=re.IGNORECASE).rstrip("/")
    parts = PARTS.findall(address)
    spoken = []
    for i, part in enumerate(parts):
        if part.isdigit():
            spoken.append(short_number(part))
        elif not part[0].isalnum():
            spoken.append(URL_SIGNS.get(part, " "))
        elif part.lower() in SPELLED_DOMAINS and (i == 0 or parts[i - 1] == "."):
            spoken.append(spell(part))
        else:
            spoken.append(part)
    return " ".join(spoken)


def path(found: re.Match[str]) -> str:
    """/etc/nginx, ~/notes.txt, C:\\Users, src/main.py, .json: signs by their names, endings as people say them."""
    parts = PARTS.findall(found[0].rstrip("/"))
    spoken = []
    for i, part in enumerate(parts):
        if part.isdigit():
            spoken.append(short_number(part))
        elif not part[0].isalnum():
            spoken.append({"-": " ", "_": " "}.get(part) or URL_SIGNS.get(part, " "))
        elif i and parts[i - 1] == "." and i == len(parts) - 1:
            spoken.append(_ending(part))
        else:
            spoken.append(_letters(PATH_WORDS.get(part.lower(), part)))
    return " ".join(" ".join(spoken).split())


def _ending(ending: str) -> str:
    lower = ending.lower()
    if lower in FILE_ENDINGS:
        return _letters(FILE_ENDINGS[lower])
    letters_then_digits = re.fullmatch(r"([a-z]+)(\d*)", lower)
    if lower in SPELLED_ENDINGS and letters_then_digits:
        return (
            f"{spell(letters_then_digits[1])} {short_number(letters_then_digits[2]) if letters_then_digits[2] else ''}"
        )
    return ending


def _letters(text: str) -> str:
    """Capitals that stand alone as letters to be named: "J P G"."""
    return re.sub(r"\b[A-Z](?: [A-Z])*\b", lambda letters: spell(letters[0].replace(" ", "")), text)


def option(found: re.Match[str]) -> str:
    """--help, -v, --dry-run: an option of a command."""
    dashes, name = found[1], found[2]
    return f"{'dash ' * len(dashes)}{spell(name) if len(name) < 4 and len(dashes) == 1 else name.replace('-', ' ')}"


# ---- telephones and other codes ------------------------------------------------------------------------------------


def phone(found: re.Match[str]) -> str:
    """+1 (555) 123-4567, 07700 900123, 1-800-FLOWERS: digit by digit, a short rest between the groups."""
    groups = re.findall(r"\d+|[A-Z]+", found[0])
    plus = "plus " if found[0].lstrip("(").startswith("+") else ""
    extension = f", extension {digits(groups.pop())}" if re.search(r"(?:x|ext)\.?\s?\d+$", found[0]) else ""
    return plus + ", ".join(digits(group) if group.isdigit() else group for group in groups) + extension


def digit_groups(found: re.Match[str]) -> str:
    """4111-1111-1111-1111, 123-45-6789, DE89 3704 0044: group by group, sign by sign."""
    groups = re.findall(r"\d+|[A-Za-z]+", found[0])
    return ", ".join(digits(group) if group.isdigit() else spell(group) for group in groups)


def two_groups(found: re.Match[str]) -> str | None:
    """555-1234: a telephone number, unless both sides are round or it reads as a range of amounts."""
    first, second = found[1], found[2]
    is_announced = follows_code_word(found)
    is_range = int(first) < int(second) and (first[-1] == "0" or second[-2:] == "00" or len(first) == len(second))
    if second[0] != "0" and is_range and not is_announced:
        return None
    return f"{digits(first)}, {digits(second)}"


def code(found: re.Match[str]) -> str | None:
    """A number behind "zip code", "account number", "call": digit by digit, also with letters in it."""
    is_zip = len(found[0]) == 5 and bool(re.search(r", ?[A-Z]{2}\s$", text_before(found)))
    if not follows_code_word(found) and not is_zip:
        return None
    following = word_after(found)
    if re.fullmatch(r"people|men|women|[a-z]+s", following) and following not in ("is", "was", "has", "as"):
        return None
    return " ".join(digits(part) if part.isdigit() else spell(part) for part in re.findall(r"\d+|[A-Za-z]+", found[0]))


def ip_address(found: re.Match[str]) -> str:
    """192.168.0.1, with a port behind."""
    host, _, port = found[0].partition(":")
    spoken = " dot ".join(cardinal(int(part)) if len(part) < 3 else digits(part) for part in host.split("."))
    return spoken + (f" colon {short_number(port)}" if port else "")


def version(found: re.Match[str]) -> str:
    """v2.1.3, 1.2.3, v2."""
    prefix = "version " if found["v"] else ""
    return prefix + " point ".join(_version_part(part) for part in found["numbers"].split("."))


def _version_part(text: str) -> str:
    return cardinal(int(text)) if text[0] != "0" or text == "0" else digits(text)


def room(found: re.Match[str]) -> str:
    """Room 101: "one oh one"; highway 1024: "ten twenty four"; Boeing 747-8: "seven forty seven eight"."""
    rest = int(found["rest"])
    middle = "hundred" if rest == 0 else f"oh {cardinal(rest)}" if rest < 10 else cardinal(rest)
    series = f" {number(found['series'])}" if found["series"] else ""
    return f"{found['place']}{cardinal(int(found['head']))} {middle}{series}"


def named_code(found: re.Match[str]) -> str | None:
    """401k, 4K, 24/7: read in their own way."""
    spoken = NAMED_CODES.get(found[0].lower())
    return _letters(spoken) if spoken else None


def chess_move(found: re.Match[str]) -> str:
    """Nf3, Qxh7+, exd5, e8=Q#."""
    spoken = [CHESS[found["piece"] or ""], " ".join(found["from"] or "").upper(), "takes" if found["takes"] else ""]
    spoken += [f"{spell(found['file'])} {cardinal(int(found['rank']))}"]
    spoken += [f"promotes to {CHESS[found['to']]}" if found["to"] else ""]
    spoken += [{"+": "check", "#": "checkmate"}.get(found["end"] or "", "")]
    return " ".join(word for word in spoken if word)


def castling(found: re.Match[str]) -> str:
    """O-O and O-O-O."""
    return "castles queenside" if len(found[0]) > 3 else "castles"


def music_key(found: re.Match[str]) -> str:
    """C♯, B♭m7, F# minor."""
    sign = {"♯": "sharp", "#": "sharp", "♭": "flat", "♮": "natural"}[found["sign"]]
    rest = {"m": " minor", "maj": " major", "": "", "dim": " diminished"}.get(found["mode"] or "", "")
    note = spell("A") if found["note"] == "A" else found["note"]
    return f"{note} {sign}{rest}" + (f" {cardinal(int(found['degree']))}" if found["degree"] else "")


# ---- names with numerals -------------------------------------------------------------------------------------------

ROMAN = r"(?=[IVXLCM])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def roman_value(text: str) -> int:
    """XIV -> 14."""
    values = [_VALUES[c] for c in text.upper()]
    return sum(v if v >= following else -v for v, following in zip(values, [*values[1:], 0], strict=True))


def roman(found: re.Match[str]) -> str | None:
    """Roman numerals behind a name that is numbered: Henry VIII, Chapter IV, Scene iii, World War II, Rocky IV."""
    numeral, suffix = found["numeral"], found["suffix"] or ""
    before = word_before(found).rstrip(".'")
    lower = before.lower()
    if lower in NUMBERED:
        if numeral in ("I", "i") and not _ends_name(found):
            return None
        spoken = cardinal(roman_value(numeral))
    elif not numeral.isupper() or not before[:1].isupper():
        return None
    elif lower in REGNAL or (word_before(found, 2).lower() in REGNAL and before[1:].islower()):
        if len(numeral) == 1 and (numeral not in "IVX" or not _is_regnal_letter(found, lower, numeral)):
            return None
        spoken = f"the {ordinal(roman_value(numeral))}"
    elif len(numeral) > 1 and numeral not in _WORDS_LIKE_ROMAN:
        spoken = cardinal(roman_value(numeral))
    else:
        return None
    return spoken + suffix


_WORDS_LIKE_ROMAN = words("MIX DIM MID LI DI CD DC MC MD MM CC CV DVI CIV LCD DIX MIL MI CL ML CM")


def _is_regnal_letter(found: re.Match[str], name: str, numeral: str) -> bool:
    """ "Pope Pius X", "Charles I of England"; not "Malcolm X", "did Mary I saw"."""
    if numeral == "X":
        return word_before(found, 2).lower() in REGNAL_TITLES or name in ("pius", "leo", "charles", "louis")
    following = word_after(found)
    if numeral == "V":
        return True
    return word_before(found, 2).lower() in REGNAL_TITLES or following in (
        "of",
        "was",
        "became",
        "ruled",
        "reigned",
        ",",
        "",
    )


def _ends_name(found: re.Match[str]) -> bool:
    """ "Part I of it" is a number, "the part I like" is not."""
    return not re.match(
        r"['’]|\s+(?!(?:of|was|and|is|to|in|by|had|has|for|or|at|on)\b)[a-z]", found.string[found.end() :][:16]
    )


def heading_numeral(found: re.Match[str]) -> str | None:
    """A numeral that opens a line, "IV. The Return"; a single I, V or X only where more text of a heading follows."""
    if text_before(found).rstrip(" \"“'") not in ("",) and not text_before(found).rstrip(" \"“'").endswith(
        (".", "!", "?")
    ):
        return None
    return cardinal(roman_value(found["numeral"])) + "." if len(found["numeral"]) > 1 else None


def letters_and_digits(text: str) -> str:
    """GPT-4.5, B2B, MP3s, F-16s, H2O, i18n: the parts one after the other."""
    parts = re.findall(r"[A-Za-zÀ-ɏ]+|\d[\d,]*(?:\.\d+)*", text)
    spoken = []
    for i, part in enumerate(parts):
        if part[0].isdigit():
            spoken.append(_number_in_name(part))
        elif part == "x" and 0 < i < len(parts) - 1 and parts[i - 1][0].isdigit():
            spoken.append("by")  # M6x20
        elif part == "s" and i == len(parts) - 1 and i and parts[i - 1][0].isdigit() and _is_plural(text, parts):
            spoken[-1] = plural(spoken[-1])
        elif (
            (len(part) == 2 and part.isupper())
            or (len(part) == 1 and part != "I")
            or (
                len(part) <= 3
                and part.islower()
                and (i == 0 or parts[i - 1][0].isdigit())
                and part in _SPELLED_IN_CODES
            )
        ):
            spoken.append(spell(part))
        else:
            spoken.append(part)
    return " ".join(spoken)


def _is_plural(text: str, parts: list[str]) -> bool:
    """ "MP3s", "F-16s", "R2D2s", not "k8s"."""
    return len(parts) > 3 or len(parts[0]) > 1 or len(parts[-2]) > 1 or "-" in text


def plural_number(found: re.Match[str]) -> str:
    """747s, 1040s: in halves."""
    return plural(picture_number(found[1]))


def plural_model(found: re.Match[str]) -> str | None:
    """Two iPhone 15s: behind a name."""
    before = word_before(found)
    is_name = any(c.isupper() for c in before) and bool(word_before(found, 2))
    return plural(cardinal(int(found[1]))) if is_name else None


ELEMENTS = words(
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Ag Cd In Sn "
    "Sb Te I Xe Cs Ba W Pt Au Hg Pb Bi U"
)
SALTS = words("NaCl NaOH KCl KOH HCl HBr HF LiOH NaF AgCl MgO CaO CuO ZnO NaBr FeO")


def formula(found: re.Match[str]) -> str | None:
    """Na2SO4, NaOH: letter by letter, with the numbers."""
    parts = re.findall(r"[A-Z][a-z]?|\d+", found[0])
    elements = [part for part in parts if part[0].isalpha()]
    has_long = any(len(element) > 1 for element in elements)  # of letters alone: USB2
    is_formula = has_long and 1 < len(elements) < len(parts) and ELEMENTS.issuperset(elements)
    if not (is_formula or found[0] in SALTS):
        return None
    return " ".join(spell(part) if part[0].isalpha() else cardinal(int(part)) for part in parts)


def status_code(found: re.Match[str]) -> str | None:
    """A 404, error 403, "503 error": as such numbers of a server are said."""
    before, after = word_before(found).lower(), word_after(found).lower()
    if not (after in _AFTER_STATUS or before in _BEFORE_STATUS or (before == "a" and after in ("", "means", "page"))):
        return None
    return picture_number(found[0])


_AFTER_STATUS = words("error errors response responses status redirect")
_BEFORE_STATUS = words("error http status")


def members(found: re.Match[str]) -> str:
    """The 49ers, the 76ers: "forty niners"."""
    spoken = cardinal(int(found[1]))
    return spoken + ("rs" if spoken.endswith("e") else "ers")


def picture_lines(found: re.Match[str]) -> str:
    """1080p, 720i."""
    return f"{picture_number(found[1])} {spell(found[2])}"


def picture_number(text: str) -> str:
    """747 -> seven forty seven, 1080 -> ten eighty, 500 -> five hundred, 905 -> nine oh five."""
    head, rest = int(text[:-2]), int(text[-2:])
    middle = "hundred" if rest == 0 else f"oh {cardinal(rest)}" if rest < 10 else cardinal(rest)
    return cardinal(int(text)) if rest == 0 and head % 10 == 0 else f"{cardinal(head)} {middle}"


_SPELLED_IN_CODES = words("fa mm am pm qa db ai ip gb tb mb kb dc vr tv hd uhd hp cc")


def _number_in_name(text: str) -> str:
    if "." in text:
        pieces = text.split(".")
        return number(text) if len(pieces) == 2 else " point ".join(_version_part(piece) for piece in pieces)
    if "," in text:
        return number(text)
    return short_number(text)
