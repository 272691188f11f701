"""English words to phonemes: lexicons, inflection, spelled letters, and letter-to-sound for the rest."""

from __future__ import annotations

import re
import unicodedata

from app.engine.embedded.text.english.capitals import SPELLED_CAPITALS, read_capitals
from app.engine.embedded.text.english.context import LETTER_JOINT
from app.engine.embedded.text.english.endings import flapped, with_ed, with_s
from app.engine.embedded.text.english.homographs import WordInPlace, sense
from app.engine.embedded.text.english.letter_to_sound import letter_to_sound, prepare
from app.engine.embedded.text.english.lexicons import gold, is_listed, own_words, silver
from app.engine.embedded.text.marks import MARK, MARKED, begins_with_vowel
from app.engine.embedded.text.punctuation import WIDE_PUNCTUATION
from app.engine.embedded.text.word_lists import words
from app.engine.reading import SpokenWord

VOWELS = frozenset("AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻɐ")
LONGEST_WORD = 60  # letters: what is longer is no word, and is read in parts of this length
ENDLESS = re.compile(rf"[A-Za-z]{{{LONGEST_WORD + 1},}}")
TOKEN = re.compile(
    r"[A-Za-z](?:·[A-Za-z])*·(?:'?s\b)?|[A-Za-z]+(?:['-][A-Za-z]+)*'?|" + MARKED.pattern + r"|[;:,.!?—…\"()“”]|–| -+ "
)
CASE_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]{2,}(?:'?s\b)?|[A-Z]?[a-z]+(?:'[a-z]+)?|[A-Z]")
HYPHENATED = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)+")
PUNCTUATION = frozenset(';:,.!?—…"()“”')
PAUSES = frozenset(";:,.!?—…")
MIN_COMPOUND_PART = 4
# Words that only their accents tell from others.
ACCENTED = {"résumé": "resumay", "Résumé": "resumay", "exposé": "exposay", "rosé": "rosay", "pâté": "patay"}
# Acronyms in small letters: all that have no vowel, save sounds such as "shh" and "brr", and these.
SPELLED_SMALL = words(
    "api cpu css dvi gpu hdmi https ipv ssh ssl ui url usb omg idk imo imho iirc afaik ikr irl ily wdym yyds ftw "
    "icymi ttyl afk"
)
VOWELLESS = re.compile(r"(?!.*(.)\1$)(?!tsk$|ltd$)[bcdfghjklmnpqrstvwxz]{2,5}")


def english_phonemes(text: str) -> str:
    """Phonemes of normalised English text, words apart by spaces, punctuation kept. No word is an error."""
    return joined_phonemes(english_words(text))


def english_words(text: str) -> list[SpokenWord]:
    """The words and marks of normalised English text."""
    words = tokens_of(text)
    prepare(_stem(word) for word in words if word.isalpha() and not is_listed(word.lower()))
    spoken: list[str] = []
    following = ""  # phonemes of the next word; empty before a pause or the end
    for i in range(len(words) - 1, -1, -1):
        word = words[i]
        if MARK.match(word):
            spoken.append(word)
            following = "æ" if begins_with_vowel(word[0]) else "t"  # any vowel, any consonant
            continue
        if word in PUNCTUATION or not word[0].isalpha():
            spoken.append("—" if word[0] in "–- " else word)
            following = "" if word in PAUSES or word[0] in "–- " else following
            continue
        phonemes = _word(WordInPlace(words, i, following[:1]))
        spoken.append(phonemes)
        following = phonemes.lstrip("ˈˌ")
    return [SpokenWord(word.replace(LETTER_JOINT, ""), sound) for word, sound in zip(words, spoken[::-1], strict=True)]


def tokens_of(text: str) -> list[str]:
    """The words and marks of normalised text, capitals read and compounds apart."""
    tokens = TOKEN.findall(HYPHENATED.sub(_unhyphenated, _cut_endless(_plain_letters(text))))
    return [token for part in read_capitals(tokens) for token in _split_case(part)]


def _cut_endless(text: str) -> str:
    return ENDLESS.sub(lambda found: " ".join(re.findall(f".{{1,{LONGEST_WORD}}}", found[0])), text)


def _stem(word: str) -> str:
    return word.lower().removesuffix("s").removesuffix("'") if word.endswith("'s") else word.lower()


def _unhyphenated(found: re.Match[str]) -> str:
    """ "e-mail", "re-enter" and "re-duce" as the lexicon lists them; the parts of others one by one."""
    if found[0].lower() in own_words() or any(
        spelling in gold() for spelling in (found[0], found[0].lower(), found[0].capitalize())
    ):
        return found[0]
    joined = found[0].replace("-", "")
    parts = found[0].lower().split("-")
    is_whole = is_listed(joined.lower()) or _has_listed_stem(joined.lower())
    is_one = joined.lower() in gold() or (is_whole and not all(part in gold() for part in parts))
    return joined if is_one else found[0].replace("-", " ")


def joined_phonemes(words: list[SpokenWord]) -> str:
    """The phonemes of English words one after the other."""
    text = " ".join(word.phonemes for word in words)
    text = re.sub(r" +([;:,.!?—…)”])", r"\1", text)
    return re.sub(r"([(“]) +", r"\1", text)


def _plain_letters(text: str) -> str:
    """Letters without their marks (café -> cafe), special letters in two (straße -> strasse)."""
    if text.isascii():
        return text
    text = text.translate(WIDE_PUNCTUATION)
    for accented, spelling in ACCENTED.items():
        text = text.replace(accented, spelling)
    text = text.translate({ord("ß"): "ss", ord("æ"): "ae", ord("ø"): "o", ord("œ"): "oe", ord("ł"): "l", ord("đ"): "d"})
    text = text.translate(
        {ord("Æ"): "Ae", ord("Ø"): "O", ord("Œ"): "Oe", ord("Ł"): "L", ord("ð"): "th", ord("þ"): "th"}
    )
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def _split_case(token: str) -> list[str]:
    """camelCase and CamelCase apart ("OpenAI" -> "Open", "AI"), unless the lexicon knows the word as it is."""
    if LETTER_JOINT in token or token[1:].islower() or token.isupper() or not token[0].isalpha():
        return [token]
    stem = token.removesuffix("'s")
    if stem.lower() in own_words() or stem in gold() or stem.lower() in gold():
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
        return with_s(_spelled(letters)) if suffix else _spelled(letters)
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
        case "a" if word.text == "a" or (word.is_first and (len(word.following) > 1 or MARK.match(word.following))):
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
    own = own_words().get(text.lower())
    if own:
        return own
    for spelling in dict.fromkeys((text, text.lower(), text.capitalize())):
        entry = gold().get(spelling) or silver().get(spelling)
        if entry:
            return sense(entry, spelling, word)
    return None


def _capitals(word: WordInPlace) -> str | None:
    """A word in capitals: an acronym that is said as a word (NASA), spelled (FBI, GPUs), or an ordinary word (STOP)."""
    text = word.text
    stem = text.rstrip("s'") if text[-1] in "s'" else text
    suffix = text[len(stem) :]
    if len(stem) < 2:
        return None
    known = _known(stem, word) if stem not in SPELLED_CAPITALS or stem.lower() in own_words() else None
    if known and len(stem) <= 3 and not (stem in gold() or stem.lower() in gold() or stem.lower() in own_words()):
        known = None  # three letters that only the silver list knows are more often an acronym
    phonemes = known or (_guessed(stem) if _is_pronounceable(stem) else _spelled(stem))
    return with_s(phonemes) if "s" in suffix else phonemes


def _is_pronounceable(capitals: str) -> bool:
    """NVIDIA and CUDA, not HTML or IEEE: four letters or more, vowels and consonants in turn."""
    shape = re.sub("[AEIOUY]", "v", capitals)
    shape = re.sub("[A-Z]", "c", shape)
    return len(shape) >= 4 and bool(re.fullmatch(r"c{0,2}(?:v{1,2}c{1,2})+v{0,2}", shape))


def _spelled(letters: str) -> str:
    """Names of letters; the last takes the stress, as in F-B-I."""
    names = [str(gold()[c]) for c in letters.upper() if "A" <= c <= "Z"]
    return "".join([*(name.replace("ˈ", "ˌ") for name in names[:-1]), *names[-1:]])


def _inflected(text: str, word: WordInPlace) -> str | None:
    """-s, -'s, -ed, -ing, -ly, -er, un-, re- over a stem that the lexicons know."""
    lower = text.lower()
    if text.endswith("'s") and (found := _known(text[:-2], word)):
        return with_s(found)
    if lower.endswith(("'s", "s'")) or (lower.endswith("s") and not lower.endswith("ss")):
        stem = lower.removesuffix("'").removesuffix("s").removesuffix("'")
        stems = (stem, stem[:-1] if stem.endswith("e") else "", stem[:-2] + "y" if stem.endswith("ie") else "")
        found = _first_known(stems, word)
        if found:
            return with_s(found)
    if lower.endswith("ed"):
        found = _first_known(_stems_of(lower[:-2]), word)
        if found:
            return with_ed(found)
    if lower.endswith(("ing", "in'")) or (text.islower() and lower.endswith("in") and lower[:-2] in gold()):
        found = _first_known(_stems_of(lower.removesuffix("'").removesuffix("g").removesuffix("in")), word)
        if found:
            return flapped(found) + "ɪŋ"
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


def _has_listed_stem(lower: str) -> bool:
    """Whether a word is a listed one with an ending."""
    endings = [ending for ending in ("s", "ed", "ing", "ly") if lower.endswith(ending)]
    stems = (stem for ending in endings for stem in _stems_of(lower.removesuffix(ending)))
    return any(len(stem) > 2 and is_listed(stem) for stem in stems)


def _first_known(stems: tuple[str, ...], word: WordInPlace) -> str | None:
    return next((found for stem in stems if len(stem) > 1 and (found := _known(stem, word))), None)


def _compound(text: str, word: WordInPlace) -> str | None:
    """Two known words run together ("timestretch", "voicebank"); the second is stressed less."""
    for cut in range(len(text) - MIN_COMPOUND_PART, MIN_COMPOUND_PART - 1, -1):
        first, second = text[:cut], text[cut:]
        if first in gold() and second in gold():
            return sense(gold()[first], first, word) + sense(gold()[second], second, word).replace("ˌ", "").replace(
                "ˈ", "ˌ"
            )
    return None


def _guessed(text: str) -> str:
    """Letter-to-sound; its ending by rule, so that "Xiaomi's" ends as it should. Without a syllable: spelled."""
    stem = text.lower()
    if stem in SPELLED_SMALL or VOWELLESS.fullmatch(stem):
        return _spelled(stem)
    if stem.endswith(("'s", "'")):
        return with_s(_guessed(stem.removesuffix("s").removesuffix("'")) or "ɛ")
    return letter_to_sound(stem)


def _emphasised(phonemes: str, text: str) -> str:
    """A capital letter lends an unstressed word a stress, as in the model's training texts."""
    if text.islower() or "ˈ" in phonemes or "ˌ" in phonemes:
        return phonemes
    mark = "ˈ" if text.isupper() and len(text) > 1 else "ˌ"
    at = next((i for i, c in enumerate(phonemes) if c in VOWELS), None)
    return phonemes if at is None else phonemes[:at] + mark + phonemes[at:]
