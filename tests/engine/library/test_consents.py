"""Consents are kept whole, listed newest first and read page by page."""

from __future__ import annotations

import errno
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.engine.errors import (
    InvalidRequest,
    SilentAudio,
    StorageFailed,
    StorageFull,
    TooManyConsents,
    UnknownConsent,
)
from app.engine.library.consents import Consent, ConsentLibrary
from app.engine.sound.audio import silence
from tests.fakes import tone
from tests.full_disk import files_no_larger_than
from tests.wording import refused

UNKNOWN_IDS = ("cons_" + "0" * 24, "cons_1", "", "..", "../voices", "cons_" + "0" * 24 + "\n", "cons_" + "/" * 24)


@pytest.fixture
def library(tmp_path: Path) -> ConsentLibrary:
    return ConsentLibrary(tmp_path / "consents", max_saved=5)


def add(library: ConsentLibrary, name: str = "Ann") -> Consent:
    return library.create(name, "en-US", tone(0.3))


def test_a_consent_and_its_whole_recording_survive_a_restart(library: ConsentLibrary, tmp_path: Path):
    spoken = tone(40.0, rate=8000)
    saved = library.create("  Ann \n Lee ", "en-US", spoken)
    assert (saved.name, saved.language) == ("Ann Lee", "en-US")
    assert ConsentLibrary(tmp_path / "consents", 5).find(saved.id) == saved
    samples, rate = soundfile.read(tmp_path / "consents" / saved.id / "recording.flac", dtype="float32")
    assert rate == 8000
    assert np.abs(samples - spoken.samples).max() < 1e-6


def test_pages_hold_every_consent_once_and_the_newest_first(library: ConsentLibrary):
    assert library.page(20) == ([], False)
    newest_first = [add(library, name).id for name in "abcde"][::-1]
    first, more = library.page(2)
    second, still_more = library.page(2, first[-1].id)
    third, at_last = library.page(2, second[-1].id)
    assert [consent.id for consent in (*first, *second, *third)] == newest_first
    assert (more, still_more, at_last) == (True, True, False)
    assert library.page(5)[1] is False


def test_a_page_goes_on_after_a_consent_that_was_deleted(library: ConsentLibrary):
    oldest, middle, _ = (add(library, name) for name in "abc")
    library.delete(middle.id)
    assert library.page(9, middle.id) == ([oldest], False)


def test_a_cursor_that_is_no_id_is_refused(library: ConsentLibrary):
    with pytest.raises(InvalidRequest) as error:
        library.page(9, "cons_1")
    assert error.value.param == "after"


def test_a_renamed_consent_keeps_all_but_its_name(library: ConsentLibrary, tmp_path: Path):
    saved = add(library)
    renamed = library.rename(saved.id, " Bea ")
    assert renamed == library.find(saved.id) == Consent(saved.id, "Bea", saved.language, saved.created_at)
    with pytest.raises(InvalidRequest):
        library.rename(saved.id, " ")
    assert library.find(saved.id).name == "Bea"
    files = {file.name for file in (tmp_path / "consents" / saved.id).iterdir()}
    assert files == {"consent.json", "recording.flac"}


def test_a_deleted_consent_leaves_nothing(library: ConsentLibrary, tmp_path: Path):
    saved = add(library)
    library.delete(saved.id)
    assert [path.name for path in (tmp_path / "consents").iterdir()] == [".lock"]
    with pytest.raises(UnknownConsent):
        library.rename(saved.id, "Bea")


@pytest.mark.parametrize("id_", UNKNOWN_IDS)
def test_an_id_that_is_none_is_unknown_and_touches_nothing(library: ConsentLibrary, tmp_path: Path, id_: str):
    saved = add(library)
    (tmp_path / "voices").mkdir()
    for use in (library.find, library.delete, lambda unknown: library.rename(unknown, "Bea")):
        with pytest.raises(UnknownConsent) as error:
            use(id_)
        assert error.value.param == "consent_id"
    assert library.find(saved.id) == saved
    assert {folder.name for folder in tmp_path.iterdir()} == {"consents", "voices"}


@pytest.mark.parametrize(
    ("name", "language", "param"),
    [
        ("", "en-US", "name"),
        ("x" * 65, "en-US", "name"),
        ("a\x00b", "en-US", "name"),
        ("Ann", "", "language"),
        ("Ann", "English (US)", "language"),
        ("Ann", "en_US", "language"),
        ("Ann", "en" + "-US" * 9, "language"),
    ],
)
def test_wrong_labels_are_refused_by_field(library: ConsentLibrary, name: str, language: str, param: str):
    with pytest.raises(InvalidRequest) as error:
        library.create(name, language, tone(0.3))
    assert error.value.param == param


@pytest.mark.parametrize("language", ["en", "en-US", "zh-Hans-CN", "es-419", "sl-rozaj-biske"])
def test_language_tags_are_kept_as_given(library: ConsentLibrary, language: str):
    assert library.create("Ann", language, tone(0.3)).language == language


def test_a_silent_recording_is_no_consent(library: ConsentLibrary):
    with pytest.raises(SilentAudio) as error:
        library.create("Ann", "en-US", silence(2, 16000))
    assert error.value.param == "recording"
    assert library.page(9) == ([], False)


def test_a_full_disk_is_an_error_of_its_own_and_leaves_nothing(library: ConsentLibrary, tmp_path: Path):
    with files_no_larger_than(1000), pytest.raises(StorageFull):
        add(library)
    assert [path.name for path in (tmp_path / "consents").iterdir()] == [".lock"]


def test_a_name_that_a_full_disk_does_not_take_leaves_the_old_one(library: ConsentLibrary):
    saved = add(library)
    with files_no_larger_than(10), pytest.raises(StorageFull):
        library.rename(saved.id, "Bob")
    assert library.find(saved.id) == saved


def test_a_full_library_says_so_until_one_is_deleted(tmp_path: Path):
    library = ConsentLibrary(tmp_path, max_saved=1)
    saved = add(library)
    with refused(InvalidRequest, match="1 saved consents"):
        add(library)
    library.delete(saved.id)
    add(library)


@pytest.mark.parametrize("damage", ["{half", "[]", "{}"])
def test_a_damaged_consent_is_left_out_and_can_be_deleted(library: ConsentLibrary, tmp_path: Path, damage: str):
    good, bad = add(library, "good"), add(library, "bad")
    (tmp_path / "consents" / bad.id / "consent.json").write_text(damage)
    assert library.page(9) == ([good], False)
    with pytest.raises(UnknownConsent):
        library.find(bad.id)
    library.delete(bad.id)
    assert [folder.name for folder in (tmp_path / "consents").glob("cons_*")] == [good.id]


def test_what_a_killed_process_left_is_swept_and_nothing_else(library: ConsentLibrary, tmp_path: Path):
    made = library.create("Ada", "en", tone(0.3))
    saved = next(tmp_path.rglob(made.id)).parent
    for name in (".draft-1", ".deleted-2"):
        (saved / name).mkdir()
        (saved / name / "recording.flac").touch()
    (saved / made.id / ".consent.json-3.tmp").touch()
    library.sweep()
    assert sorted(path.name for path in saved.rglob("*")) == [".lock", made.id, "consent.json", "recording.flac"]


def test_two_services_keep_one_limit(tmp_path: Path):
    def create(n: int) -> bool:
        try:
            ConsentLibrary(tmp_path / "c", max_saved=3).create(str(n), "en", tone(0.3))
        except TooManyConsents:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(create, range(8))) == 3


def test_on_a_disk_that_takes_nothing_what_does_not_exist_is_still_unknown(library: ConsentLibrary, monkeypatch):
    made = library.create("Ada", "en", tone(0.3))

    def refuse(*_: object, **__: object) -> int:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("app.files.os.open", refuse)
    for change in (library.delete, lambda id_: library.rename(id_, "Bea")):
        with pytest.raises(UnknownConsent):
            change("cons_" + "0" * 24)
        with pytest.raises(StorageFailed):
            change(made.id)
