"""English words for numbers: cardinals, ordinals, years, decimals, digits one by one. American usage (no "and")."""

from __future__ import annotations

from app.engine.embedded.text.word_lists import word_list

ONES = word_list(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
TENS = word_list("zero ten twenty thirty forty fifty sixty seventy eighty ninety")
SCALES = ("", "thousand", "million", "billion", "trillion", "quadrillion")
MAX_SPOKEN_DIGITS = 3 * len(SCALES)
IRREGULAR_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip


def cardinal(number: int) -> str:
    """123 -> "one hundred twenty three". Numbers beyond the quadrillions are read digit by digit."""
    if number < 0:
        return f"minus {cardinal(-number)}"
    if len(str(number)) > MAX_SPOKEN_DIGITS:
        return digits(str(number))
    if number < 1000:
        return _below_thousand(number)
    groups = []
    for scale in SCALES:
        number, group = divmod(number, 1000)
        if group:
            groups.append(f"{_below_thousand(group)} {scale}".strip())
    return " ".join(reversed(groups))


def ordinal(number: int) -> str:
    """21 -> "twenty first"."""
    head, _, last = cardinal(number).rpartition(" ")
    if last in IRREGULAR_ORDINALS:
        last = IRREGULAR_ORDINALS[last]
    else:
        last = last[:-1] + "ieth" if last.endswith("y") else last + "th"
    return f"{head} {last}".strip()


def year(number: int) -> str:
    """1999 -> "nineteen ninety nine", 2005 -> "two thousand five", 1900 -> "nineteen hundred"."""
    century, rest = divmod(number, 100)
    if not 1000 <= number <= 9999 or (century % 10 == 0 and rest < 10):
        return cardinal(number)
    if rest == 0:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {'oh ' if rest < 10 else ''}{cardinal(rest)}"


def digits(text: str) -> str:
    """ "007" -> "zero zero seven"; other characters are passed over."""
    return " ".join(ONES[int(c)] for c in text if c in "0123456789")


def number(text: str) -> str:
    """Read a plain written number: "1,234.50", "-3", ".5", "007"."""
    sign, text = ("minus ", text[1:]) if text[:1] in ("-", "−") else ("", text.removeprefix("+"))
    whole, _, fraction = text.replace(",", "").partition(".")
    has_leading_zero = len(whole) > 1 and whole.startswith("0")
    spoken = digits(whole) if has_leading_zero else cardinal(int(whole or "0"))
    return sign + spoken + (f" point {digits(fraction)}" if fraction else "")


def plural(words: str) -> str:
    """The plural of the last of some number words: "nineteen ninety" -> "nineteen nineties"."""
    return words[:-1] + "ies" if words.endswith("y") else words + ("es" if words.endswith("x") else "s")


def is_year(text: str) -> bool:
    """Whether four digits are more likely a year than a count."""
    return text.isdigit() and 1100 <= int(text) <= 2099


def short_number(text: str) -> str:
    """A number inside a name: up to two digits as one, a year as a year, else digit by digit."""
    if is_year(text):
        return year(int(text))
    return cardinal(int(text)) if len(text) <= 2 and text[0] != "0" else digits(text)


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    words = [f"{ONES[hundreds]} hundred"] if hundreds else []
    if rest >= 20:
        words.append(TENS[rest // 10] + (f" {ONES[rest % 10]}" if rest % 10 else ""))
    elif rest or not hundreds:
        words.append(ONES[rest])
    return " ".join(words)
