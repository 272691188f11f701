"""Where the words of a pronunciation dictionary stand, what may be written into one, and files of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.engine import errors
from app.engine.lexicon import Lexicon
from app.engine.pronunciations import MAX_ENTRIES, MAX_FILE_BYTES, checked_lexicon, read_lexicon
from app.engine.script import Script, Sound
from app.wording.english import english

PARAM = "step_audio.pronunciations"


def lexicon(**said: str) -> Lexicon:
    return checked_lexicon(said, PARAM)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Nguyen met nguyen and Nguyens", ["Nguyen"]),
        ("Nguyen's, (Nguyen) Nguyen-Smith", ["Nguyen", "Nguyen", "Nguyen"]),
        ("New York is newer than York", ["New York", "York"]),
        ("don doesn't, don't, donut", ["don"]),
        ("他在重庆和重庆市", ["重庆", "重庆市"]),
        ("C++ or C", ["C++"]),
    ],
)
def test_words_are_found_whole_with_their_case_the_longest_first(text: str, words: list[str]) -> None:
    entries = dict.fromkeys(["Nguyen", "York", "New York", "don", "重庆", "重庆市", "C++"], "win")
    assert [text[begin:end] for begin, end, _ in checked_lexicon(entries, PARAM).found(text)] == words


@pytest.mark.parametrize(
    ("written", "said", "kind"),
    [
        ("win", "win", "respelling"),
        ("/dʒɪf/", "ʤɪf", "phonemes"),
        ("/ˈnaɪt/", "ˈnIt", "phonemes"),
        ("chong2 qing4", "chong2 qing4", "pinyin"),
        ("Chong2qing4", "Chong2 qing4", "pinyin"),
        ("lü4", "lü4", "pinyin"),
    ],
)
def test_a_pronunciation_is_a_respelling_phonemes_or_pinyin(written: str, said: str, kind: str) -> None:
    (entry,) = checked_lexicon({"word": written}, PARAM).entries
    assert (entry.said, entry.kind) == (said, kind)


@pytest.mark.parametrize(
    ("word", "said", "kind"),
    [
        ("Bad", "", errors.PronunciationEmpty),
        ("Bad", "//", errors.PronunciationEmpty),
        ("Bad", "...", errors.PronunciationEmpty),
        ("Bad!", "a\x00b", errors.PronunciationEmpty),
        ("...", "dots", errors.PronunciationEmpty),
        ("Bad", "x" * 201, errors.PronunciationTooLong),
        ("Bad" * 21, "x", errors.PronunciationTooLong),
        ("Bad", "/wˈɪ#n/", errors.UnknownPhonemes),
        ("Bad", "xyz4", errors.UnknownPinyin),
    ],
)
def test_a_bad_entry_is_refused_and_named(word: str, said: str, kind: type[errors.BadPronunciation]) -> None:
    with pytest.raises(kind) as caught:
        checked_lexicon({"Good": "good", word: said}, PARAM)
    assert caught.value.param == PARAM
    assert caught.value.word == word[:60]
    assert word[:60] in english(caught.value)


def test_a_dictionary_has_a_limit() -> None:
    assert len(checked_lexicon({f"word{n}": "win" for n in range(MAX_ENTRIES)}, PARAM).entries) == MAX_ENTRIES
    with pytest.raises(errors.TooManyPronunciations):
        checked_lexicon({f"word{n}": "win" for n in range(MAX_ENTRIES + 1)}, PARAM)


def test_a_request_overrules_the_service() -> None:
    both = lexicon(Nguyen="win").over(lexicon(Nguyen="noo yen", GIF="jif"))
    assert {entry.word: entry.said for entry in both.entries} == {"Nguyen": "win", "GIF": "jif"}


def test_a_file_is_lines_of_words_and_remarks(tmp_path: Path) -> None:
    file = tmp_path / "lexicon.txt"
    file.write_text("\ufeff# names\nNguyen = win\n\nNew York=noo york\n重庆 = chong2 qing4\n", encoding="utf-8")
    assert {entry.word: entry.said for entry in read_lexicon(file).entries} == {
        "Nguyen": "win", "New York": "noo york", "重庆": "chong2 qing4",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("a = b\nNguyen\n", "line 2: A line is 'word = pronunciation'."),
        ("Nguyen = /#/\n", "line 1: The pronunciation of 'Nguyen' has symbols that are no phonemes here: #."),
        ("a = b\na = c\n", "line 2: The word 'a' has a pronunciation already."),
        ("\n".join(f"w{n} = b" for n in range(1001)), "line 1001: There are too many pronunciations"),
    ],
)
def test_a_bad_line_of_a_file_is_named(tmp_path: Path, lines: str, says: str) -> None:
    file = tmp_path / "lexicon.txt"
    file.write_text(lines, encoding="utf-8")
    with pytest.raises(errors.BadLexicon) as caught:
        read_lexicon(file)
    assert says in english(caught.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "huge").write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    for name in ("binary", "huge", "absent", "."):
        with pytest.raises(errors.LexiconUnread):
            read_lexicon(tmp_path / name)


def test_sounds_stay_in_their_places_when_words_are_written_out() -> None:
    script = Script("Nguyen and Nguyen go", (Sound("sigh", 6), Sound("uhm", 20)), lexicon=lexicon(Nguyen="wi"))
    written = script.written_out()
    assert written.text == "wi and wi go"
    assert [sound.position for sound in written.sounds] == [2, 12]
    assert written.written_out() == written
