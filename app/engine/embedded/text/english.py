"""English words to phonemes: lexicons, inflection, spelled letters, and letter-to-sound for the rest.

The lexicons are misaki's American gold and silver lists (Apache-2.0), read as plain JSON; misaki is not imported.
Its one-letter diphthongs (A = eɪ, I = aɪ, O = oʊ, W = aʊ, Y = ɔɪ) are what the speech model was trained with.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from importlib.resources import files

from app.engine.embedded.text.english_context import WordInPlace, sense
from app.engine.embedded.text.english_names import LETTER_JOINT
from app.engine.embedded.text.letter_to_sound import letter_to_sound
from app.engine.embedded.text.punctuation import WIDE_PUNCTUATION
from app.engine.embedded.text.word_lists import words

Entry = str | dict[str, str | None]

VOWELS = frozenset("AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻɐ")
FLAPPING = frozenset("AIOWYiuæɑəɛɪɹʊʌ")  # a "t" after one of these becomes a flap before -ed, -ing
TOKEN = re.compile(r"[A-Za-z](?:·[A-Za-z])*·(?:'?s\b)?|[A-Za-z]+(?:['-][A-Za-z]+)*'?|[;:,.!?—…\"()“”]|–| -+ ")
CASE_PART = re.compile(r"[A-Z]{2,}(?=[A-Z][a-z])|[A-Z]{2,}(?:'?s\b)?|[A-Z]?[a-z]+(?:'[a-z]+)?|[A-Z]")
HYPHENATED = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)+")
PUNCTUATION = frozenset(';:,.!?—…"()“”')
PAUSES = frozenset(";:,.!?—…")
MIN_COMPOUND_PART = 4
METAL_LEAD = "lˈɛd"
# Words that only their accents tell from others.
ACCENTED = {"résumé": "resumay", "Résumé": "resumay", "exposé": "exposay", "rosé": "rosay", "pâté": "patay"}
# Capitals that lexicons list as words but readers spell.
SPELLED_CAPITALS = words("US IT ID OS PA MA LA AD ER GI AI TV PC UK EU UN PM AM PR HR IP QA CD DVD")
# Acronyms in small letters: all that have no vowel, save sounds such as "shh" and "brr", and these.
SPELLED_SMALL = words("api cpu css dvi gpu hdmi https ipv ssh ssl ui url usb")
VOWELLESS = re.compile(r"(?!.*(.)\1$)(?!tsk$|ltd$)[bcdfghjklmnpqrstvwxz]{2,5}")


def english_phonemes(text: str) -> str:
    """Phonemes of normalised English text, words apart by spaces, punctuation kept. No word is an error."""
    if _is_shouted(text):
        text = text.lower()
    tokens = TOKEN.findall(HYPHENATED.sub(_unhyphenated, _plain_letters(text)))
    words = [token for part in tokens for token in _split_case(part)]
    spoken: list[str] = []
    following = ""  # phonemes of the next word; empty before a pause or the end
    for i in range(len(words) - 1, -1, -1):
        word = words[i]
        if word in PUNCTUATION or not word[0].isalpha():
            spoken.append("—" if word[0] in "–- " else word)
            following = "" if word in PAUSES or word[0] in "–- " else following
            continue
        phonemes = _word(WordInPlace(words, i, following[:1]))
        spoken.append(phonemes)
        following = phonemes.lstrip("ˈˌ")
    return _joined(spoken[::-1])


def _unhyphenated(found: re.Match[str]) -> str:
    """ "e-mail" and "re-enter" as the lexicon lists them; the parts of others one by one."""
    if any(spelling in _gold() for spelling in (found[0], found[0].lower(), found[0].capitalize())):
        return found[0]
    joined = found[0].replace("-", "")
    return joined if joined.lower() in _gold() else found[0].replace("-", " ")


def _joined(spoken: list[str]) -> str:
    text = " ".join(spoken)
    text = re.sub(r" +([;:,.!?—…)”])", r"\1", text)
    return re.sub(r"([(“]) +", r"\1", text)


def _plain_letters(text: str) -> str:
    """Letters without their marks (café -> cafe), special letters in two (straße -> strasse)."""
    text = text.translate(WIDE_PUNCTUATION)
    for accented, spelling in ACCENTED.items():
        text = text.replace(accented, spelling)
    text = text.translate({ord("ß"): "ss", ord("æ"): "ae", ord("ø"): "o", ord("œ"): "oe", ord("ł"): "l", ord("đ"): "d"})
    text = text.translate(
        {ord("Æ"): "Ae", ord("Ø"): "O", ord("Œ"): "Oe", ord("Ł"): "L", ord("ð"): "th", ord("þ"): "th"}
    )
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def _is_shouted(text: str) -> bool:
    """Whether a text of several words is all in capitals, so that capitals say nothing about its words."""
    words = re.findall(r"[A-Za-z']{2,}", text)
    n_known = sum(word.lower() in _gold() for word in words)
    return len(words) > 2 and all(word.isupper() for word in words) and n_known > len(words) / 2


def _split_case(token: str) -> list[str]:
    """camelCase and CamelCase apart ("OpenAI" -> "Open", "AI"), unless the lexicon knows the word as it is."""
    if LETTER_JOINT in token or token[1:].islower() or token.isupper() or not token[0].isalpha():
        return [token]
    stem = token.removesuffix("'s")
    if stem.lower() in _own_words() or stem in _gold() or stem.lower() in _gold():
        return [token]
    plural_acronym = re.fullmatch(r"([A-Z]{2,})('?s)", token)
    if plural_acronym:
        return [token]
    return CASE_PART.findall(token) or [token]


def _word(word: WordInPlace) -> str:
    """Phonemes of one word in its place."""
    text = word.text
    if LETTER_JOINT in text:
        letters, _, suffix = text.rpartition(LETTER_JOINT)
        return _with_s(_spelled(letters)) if suffix else _spelled(letters)
    function_word = _function_word(word)
    if function_word:
        return function_word
    if len(text) == 1:
        return _spelled(text)
    phonemes = _capitals(word) if len(text) > 1 and text.rstrip("s'").isupper() and text[:2].isupper() else None
    phonemes = phonemes or _known(text, word) or _inflected(text, word) or _compound(text.lower(), word)
    return _emphasised(phonemes or _guessed(text), text)


def _function_word(word: WordInPlace) -> str | None:
    """The little words whose sound hangs on what follows: a vowel, a consonant, or a pause."""
    next_sound = word.next_sound
    match word.text.lower():
        case "a" if word.text == "a" or (word.is_first and len(word.following) > 1):
            return "ɐ" if next_sound else "ˈA"
        case "an":
            return "ɐn"
        case "the":
            return "ði" if next_sound in VOWELS and next_sound else "ðə"
        case "to":
            return "tu" if not next_sound else "tʊ" if next_sound in VOWELS else "tə"
        case "in":
            return "ɪn" if next_sound else "ˈɪn"
        case "am" if word.text != "AM":
            return "ɐm" if next_sound else "æm"
        case "i" if word.text == "I":
            return "ˌI"
    return None


def _known(text: str, word: WordInPlace) -> str | None:
    """The lexicons' entry: as written, in lower case, capitalised."""
    own = _own_words().get(text.lower())
    if own:
        return own
    if word.is_metal_lead:
        return METAL_LEAD
    for spelling in dict.fromkeys((text, text.lower(), text.capitalize())):
        entry = _gold().get(spelling) or _silver().get(spelling)
        if entry:
            return sense(entry, word)
    return None


def _capitals(word: WordInPlace) -> str | None:
    """A word in capitals: an acronym that is said as a word (NASA), spelled (FBI, GPUs), or an ordinary word (STOP)."""
    text = word.text
    stem = text.rstrip("s'") if text[-1] in "s'" else text
    suffix = text[len(stem) :]
    if len(stem) < 2:
        return None
    known = _known(stem, word) if stem not in SPELLED_CAPITALS else None
    if known and len(stem) <= 3 and stem not in _gold() and stem.lower() not in _gold():
        known = None  # three letters that only the silver list knows are more often an acronym
    phonemes = known or (_guessed(stem) if _is_pronounceable(stem) else _spelled(stem))
    return _with_s(phonemes) if "s" in suffix else phonemes


def _is_pronounceable(capitals: str) -> bool:
    """NVIDIA and CUDA, not HTML or IEEE: four letters or more, vowels and consonants in turn."""
    shape = re.sub("[AEIOUY]", "v", capitals)
    shape = re.sub("[A-Z]", "c", shape)
    return len(shape) >= 4 and bool(re.fullmatch(r"c{0,2}(?:v{1,2}c{1,2})+v{0,2}", shape))


def _spelled(letters: str) -> str:
    """Names of letters; the last takes the stress, as in F-B-I."""
    names = [str(_gold()[c]) for c in letters.upper() if "A" <= c <= "Z"]
    return "".join([*(name.replace("ˈ", "ˌ") for name in names[:-1]), *names[-1:]])


def _inflected(text: str, word: WordInPlace) -> str | None:
    """-s, -'s, -ed, -ing, -ly, -er, un-, re- over a stem that the lexicons know."""
    lower = text.lower()
    if text.endswith("'s") and (found := _known(text[:-2], word)):
        return _with_s(found)
    if lower.endswith(("'s", "'")) or (lower.endswith("s") and not lower.endswith("ss")):
        stem = lower.removesuffix("'").removesuffix("s").removesuffix("'")
        stems = (stem, stem[:-1] if stem.endswith("e") else "", stem[:-2] + "y" if stem.endswith("ie") else "")
        found = _first_known(stems, word)
        if found:
            return _with_s(found)
    if lower.endswith("ed"):
        found = _first_known(_stems_of(lower[:-2]), word)
        if found:
            return _with_ed(found)
    if lower.endswith(("ing", "in'")):
        found = _first_known(_stems_of(lower[:-3]), word)
        if found:
            return _flapped(found) + "ɪŋ"
    for suffix, sound in (("ly", "li"), ("ness", "nəs"), ("less", "ləs"), ("like", "lˌIk"), ("'ll", "əl"), ("'d", "d"),
                          ("'ve", "əv"), ("'re", "əɹ")):  # fmt: skip
        found = _first_known((lower.removesuffix(suffix),), word) if lower.endswith(suffix) else None
        if found:
            return found + sound
    return None


def _stems_of(base: str) -> tuple[str, ...]:
    """What stood before -ed or -ing: walk, bake, try, stop."""
    doubled = base[:-1] if len(base) > 2 and base[-1] == base[-2] else ""
    return (base, base + "e", base[:-1] + "y" if base.endswith("i") else "", doubled)


def _first_known(stems: tuple[str, ...], word: WordInPlace) -> str | None:
    return next((found for stem in stems if len(stem) > 1 and (found := _known(stem, word))), None)


def _with_s(stem: str) -> str:
    if stem[-1] in "ptkfθ":
        return stem + "s"
    return stem + ("ᵻz" if stem[-1] in "szʃʒʧʤ" else "z")


def _with_ed(stem: str) -> str:
    if stem[-1] in "pkfθʃsʧ":
        return stem + "t"
    if stem[-1] in "td":
        return _flapped(stem) + "ᵻd"
    return stem + "d"


def _flapped(stem: str) -> str:
    return stem[:-1] + "ɾ" if stem[-1] == "t" and stem[-2:-1] in FLAPPING and len(stem) > 2 else stem


def _compound(text: str, word: WordInPlace) -> str | None:
    """Two known words run together ("timestretch", "voicebank"); the second is stressed less."""
    for cut in range(len(text) - MIN_COMPOUND_PART, MIN_COMPOUND_PART - 1, -1):
        first, second = text[:cut], text[cut:]
        if first in _gold() and second in _gold():
            return sense(_gold()[first], word) + sense(_gold()[second], word).replace("ˌ", "").replace("ˈ", "ˌ")
    return None


def _guessed(text: str) -> str:
    """Letter-to-sound; its ending by rule, so that "Xiaomi's" ends as it should. Without a syllable: spelled."""
    stem = text.lower()
    if stem in SPELLED_SMALL or VOWELLESS.fullmatch(stem):
        return _spelled(stem)
    if stem.endswith(("'s", "'")):
        return _with_s(_guessed(stem.removesuffix("s").removesuffix("'")) or "ɛ")
    return letter_to_sound(stem)


def _emphasised(phonemes: str, text: str) -> str:
    """A capital letter lends an unstressed word a stress, as in the model's training texts."""
    if text.islower() or "ˈ" in phonemes or "ˌ" in phonemes:
        return phonemes
    mark = "ˈ" if text.isupper() and len(text) > 1 else "ˌ"
    at = next((i for i, c in enumerate(phonemes) if c in VOWELS), None)
    return phonemes if at is None else phonemes[:at] + mark + phonemes[at:]


@cache
def _own_words() -> dict[str, str]:
    """What the lexicons lack and spelling misleads about; also settles what they spell oddly."""
    table = (files("app") / "assets" / "embedded" / "text_words.tsv").read_text("utf-8")
    return dict(line.split("\t") for line in table.splitlines() if not line.startswith("#"))


@cache
def _gold() -> dict[str, Entry]:
    return _lexicon("us_gold.json")


@cache
def _silver() -> dict[str, Entry]:
    return _lexicon("us_silver.json")


def _lexicon(name: str) -> dict[str, Entry]:
    entries: dict[str, Entry] = json.loads((files("misaki") / "data" / name).read_text("utf-8"))
    return entries
