"""What written English is read as."""

from __future__ import annotations

import pytest

from app.engine.embedded.text.cleaning import clean
from app.engine.embedded.text.english.reader import normalise_english

READINGS = {
    # dates and times
    "It is 2026-11-22 today.": "It is November twenty second, twenty twenty six today.",
    "On 11/22/2026 we met.": "On November twenty second, twenty twenty six we met.",
    "22/11/2026": "November twenty second, twenty twenty six",
    "Nov. 22nd, 2026": "November twenty second, twenty twenty six",
    "5 January 2024": "the fifth of January, twenty twenty four",
    "Jan. 2024": "January twenty twenty four",
    "May I go on May 5?": "May I go on May fifth?",
    "at 14:30 sharp": "at fourteen thirty sharp",
    "3:05 p.m.": "three oh five P·M·.",
    "at 3 pm": "at three P·M·",
    "12:00": "twelve o'clock",
    "10:30-11:45": "ten thirty to eleven forty five",
    "in 1999 and 2005": "in nineteen ninety nine and two thousand five",
    "the 1990s, the '80s": "the nineteen nineties, the eighties",
    "1500 people": "one thousand five hundred people",
    "1999-2003": "nineteen ninety nine to two thousand three",
    # numbers
    "1,234,567": "one million two hundred thirty four thousand five hundred sixty seven",
    "3.14159": "three point one four one five nine",
    "-5 degrees": "minus five degrees",
    "007": "zero zero seven",
    "the 21st century": "the twenty first century",
    "2 1/2 cups, ½ cup, 3/4": "two and a half cups, one half cup, three quarters",
    "10-15 people": "ten to fifteen people",
    "24/7": "twenty four seven",
    "2 + 3 = 5": "two plus three equals five",
    "5 - 3 = 2": "five minus three equals two",
    "3 × 4": "three times four",
    "x^2": "x squared",
    "We need 3.": "We need three.",
    # money and units
    "It costs $3.50.": "It costs three dollars and fifty cents.",
    "$1, $0.99, €20, £5": "one dollar, ninety nine cents, twenty euros, five pounds",
    "$1.2 million": "one point two million dollars",
    "$5M": "five million dollars",
    "100 USD": "one hundred dollars",
    "5 km/h": "five kilometers per hour",
    "-20 °C": "minus twenty degrees Celsius",
    "3GB": "three gigabytes",
    "10kg of rice": "ten kilograms of rice",
    "1 kg": "one kilogram",
    "50%": "fifty percent",
    "5'10\"": "five foot ten",
    "10k users": "ten thousand users",
    # names and abbreviations
    "Dr. Smith and Mr. Jones": "Doctor Smith and Mister Jones",
    "in St. Louis, on Baker St.": "in Saint Louis, on Baker Street.",
    "cats vs. dogs, e.g. big ones, etc.": "cats versus dogs, for example big ones, et cetera.",
    "No. 5": "number five",
    "No. I won't.": "No. I won't.",
    "the U.S. army": "the U·S· army",
    "J. K. Rowling": "J· K· Rowling",
    "Henry VIII": "Henry the eighth",
    "Chapter IV of World War II": "Chapter four of World War two",
    "GPT-4": "GPT four",
    "v2.1.3": "version two point one point three",
    "room 302": "room three oh two",
    "R&D": "R and D",
    "C# and C++": "C sharp and C plus plus",
    "#love": "hashtag love",
    # telephone and addresses
    "call 555-123-4567": "call five five five, one two three, four five six seven",
    "call 911": "call nine one one",
    "https://www.example.com/path": "W·W·W· dot example dot com slash path",
    "Visit example.com/path.": "Visit example dot com slash path.",
    "mail me@x.org": "mail me at x dot org",
    # marks that are not spoken
    "**bold** and _it_": "bold and it",
    "# Title\nText here": "Title. Text here",
    "- one\n- two": "one. two",
    "see [the page](https://a.example/b)": "see the page",
    "🎉 Hello 😀 world": "Hello world",
    "Wait... what?!": "Wait… what?",
    "π is about 3.14": "pi is about three point one four",
}


@pytest.mark.parametrize(("written", "read"), READINGS.items())
def test_english_is_read_as_people_read_it(written: str, read: str) -> None:
    assert normalise_english(clean(written)) == read


@pytest.mark.parametrize("written", READINGS)
def test_no_digit_or_sign_is_left(written: str) -> None:
    assert not set(normalise_english(clean(written))) & set("0123456789$€£%#*_/@&=+°<>[]{}|~^")
