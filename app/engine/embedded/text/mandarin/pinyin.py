"""Pinyin syllables with tone digits, and how each sounds in Kokoro's symbols.

The inventory of initials and finals follows Lin, "The Sounds of Chinese" (2007); the choice of symbols is the one the
speech model was trained with. Tones 1 to 4 are arrows after the vowel, tone 5 (neutral) has no mark.
"""

from __future__ import annotations

import re

TONE_MARKS = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": ""}

INITIALS = {
    "b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n", "l": "l", "g": "k", "k": "kʰ", "h": "x",
    "j": "ʨ", "q": "ʨʰ", "x": "ɕ", "zh": "ꭧ", "ch": "ꭧʰ", "sh": "ʂ", "r": "ɻ", "z": "ʦ", "c": "ʦʰ", "s": "s",
}  # fmt: skip

# "0" is where the tone mark goes.
FINALS = {
    "a": "a0", "ai": "ai0", "an": "a0n", "ang": "a0ŋ", "ao": "au0", "e": "ɤ0", "ei": "ei0", "en": "ə0n", "eng": "ə0ŋ",
    "i": "i0", "ia": "ja0", "ian": "jɛ0n", "iang": "ja0ŋ", "iao": "jau0", "ie": "je0", "in": "i0n", "ing": "i0ŋ",
    "iong": "jʊ0ŋ", "iu": "jou0", "o": "wo0", "ong": "ʊ0ŋ", "ou": "ou0", "u": "u0", "ua": "wa0", "uai": "wai0",
    "uan": "wa0n", "uang": "wa0ŋ", "ui": "wei0", "un": "wə0n", "uo": "wo0", "ueng": "wə0ŋ",
    "v": "y0", "ve": "ɥe0", "van": "ɥɛ0n", "vn": "y0n",
}  # fmt: skip
APICAL_AFTER = {"zh": "ɨ0", "ch": "ɨ0", "sh": "ɨ0", "r": "ɨ0", "z": "ɨ0", "c": "ɨ0", "s": "ɨ0"}
WHOLE = {
    "er": "ɚ0", "o": "ɔ0", "ê": "ɛ0", "m": "m0", "n": "n0", "ng": "ŋ0", "hm": "hm0", "hng": "hŋ0", "r": "ɚ0",
    "yo": "jɔ0", "lo": "lwo0",
}  # fmt: skip

# How a final is written when no initial stands before it.
ZERO_INITIAL = {
    "yi": "i", "ya": "ia", "yan": "ian", "yang": "iang", "yao": "iao", "ye": "ie", "yin": "in", "ying": "ing",
    "yong": "iong", "you": "iu", "wu": "u", "wa": "ua", "wai": "uai", "wan": "uan", "wang": "uang", "wei": "ui",
    "wen": "un", "wo": "uo", "weng": "ueng", "yu": "v", "yue": "ve", "yuan": "van", "yun": "vn",
}  # fmt: skip
PALATALS = ("j", "q", "x")

# Which finals follow which initials, as sets of rows of the syllable table.
_OPEN = "a ai an ang ao e ei en eng ou ong u uan ui un uo"
_SYLLABLES = {
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
    "f": "a an ang ei en eng o ou u",
    "d": _OPEN + " i ia ian iao ie ing iu",
    "t": "a ai an ang ao e ei eng ou ong u uan ui un uo i ian iao ie ing",
    "n": "a ai an ang ao e ei en eng ou ong u uan un uo i ian iang iao ie in ing iu v ve",
    "l": "a ai an ang ao e ei eng ou ong u uan un uo i ia ian iang iao ie in ing iu v ve",
    "g": _OPEN + " ua uai uang",
    "k": _OPEN + " ua uai uang",
    "h": _OPEN + " ua uai uang",
    "j": "i ia ian iang iao ie in ing iong iu v ve van vn",
    "q": "i ia ian iang iao ie in ing iong iu v ve van vn",
    "x": "i ia ian iang iao ie in ing iong iu v ve van vn",
    "zh": _OPEN + " i ua uai uang",
    "ch": _OPEN + " i ua uai uang",
    "sh": _OPEN.replace(" ong", "") + " i ua uai uang",
    "r": "an ang ao e en eng i ong ou u ua uan ui un uo",
    "z": _OPEN + " i",
    "c": _OPEN + " i",
    "s": _OPEN + " i",
}  # fmt: skip


def _table() -> dict[str, str]:
    """Every toneless syllable in its written form ("lv", "ju", "wen") -> symbols with "0" for the tone."""
    table = {final: sound for final, sound in FINALS.items() if final[0] in "aeo" and final != "ong"} | WHOLE
    table |= {written: FINALS[final] for written, final in ZERO_INITIAL.items()}
    for initial, finals in _SYLLABLES.items():
        for final in finals.split():
            written = final.replace("v", "u") if initial in PALATALS else final
            sound = APICAL_AFTER[initial] if final == "i" and initial in APICAL_AFTER else FINALS[final]
            table[initial + written] = INITIALS[initial] + sound
    return table


SYLLABLES = _table()
_LONGEST_FIRST = "|".join(sorted(SYLLABLES, key=len, reverse=True))
# What people type: ü, v or u: for the rounded vowel, upper case at will, tone 0 or 5 for the neutral tone. ASCII, or
# the dotless and the dotted i, the long s and the sign of Kelvin would count as i, s and k.
_TYPED = rf"(?:{_LONGEST_FIRST.replace('v', '(?:v|[üÜ]|u:)')})"
_ANY_CASE = re.IGNORECASE | re.ASCII
TYPED_SYLLABLE = re.compile(rf"({_TYPED})([0-5])", _ANY_CASE)
_FITS = r"(?=[a-zêÊüÜ:]{1,7}[0-5])"  # seen at once, where trying all syllables takes long
TYPED_RUN = re.compile(rf"(?<![A-Za-zÀ-ÿ0-9]){_FITS}(?:{_TYPED}[0-5])+(?![A-Za-zÀ-ÿ0-9])", _ANY_CASE)


def syllables_of(run: str) -> list[str]:
    """ "guo4Guo4lü3" -> ["guo4", "guo4", "lv3"]."""
    found = []
    for base, tone in TYPED_SYLLABLE.findall(run):
        plain = base.lower().replace("u:", "v").replace("ü", "v")
        found.append(plain + ("5" if tone == "0" else tone))
    return found


def sound(syllable: str) -> str:
    """Symbols of one syllable with its tone digit: "guo4" -> "kwo↘". Raises KeyError for no syllable of Mandarin."""
    return SYLLABLES[syllable[:-1]].replace("0", TONE_MARKS[syllable[-1]])


def with_er(syllable: str) -> str:
    """The syllable with an r-coloured ending (erhua): the codas n and i give way, ng is kept: "wan2" -> "wa↗ɚ"."""
    plain = sound(syllable)
    mark = TONE_MARKS[syllable[-1]]
    toneless = plain.replace(mark, "") if mark else plain
    if toneless.endswith(("an", "ɛn", "ən", "ai", "ei")):
        return toneless[:-1] + mark + "ɚ"
    return plain + "ɚ"
