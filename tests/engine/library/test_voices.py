"""Voices are found by any of their names, and saved ones appear and disappear whole."""

from __future__ import annotations

import json
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
    UnknownVoice,
    VoiceNameTaken,
    VoiceOfOthers,
)
from app.engine.library import voices
from app.engine.library.voices import VoiceLibrary
from app.engine.sound.audio import Audio, silence
from app.wording.english import english
from tests.full_disk import files_no_larger_than
from tests.wording import refused


def tone(seconds: float = 1.0, rate: int = 24000) -> Audio:
    t = np.arange(round(seconds * rate)) / rate
    return Audio((0.2 * np.sin(2 * np.pi * 220 * t)).astype(np.float32), rate)


@pytest.fixture
def presets(tmp_path: Path) -> Path:
    folder = tmp_path / "presets"
    folder.mkdir()
    row = {
        "id": "story_teller",
        "name": "story_teller",
        "locale": "en-GB",
        "gender": "male",
        "description": "tells stories",
        "transcript": "Once upon a time.",
        "created_at": 1,
    }
    (folder / "voices.json").write_text(
        json.dumps({"voices": [row], "aliases": {"alloy": "story_teller"}, "kokoro": {}})
    )
    soundfile.write(folder / "story_teller.flac", tone().samples, 24000)
    return folder


@pytest.fixture
def library(tmp_path: Path, presets: Path) -> VoiceLibrary:
    return VoiceLibrary(tmp_path / "saved", max_saved=2, presets_folder=presets)


def test_a_preset_answers_to_its_name_and_its_alias_in_any_case(library: VoiceLibrary):
    assert library.find("Story_Teller").transcript == library.find("ALLOY").transcript == "Once upon a time."


def test_an_unknown_voice_is_named_together_with_those_that_exist(library: VoiceLibrary):
    with pytest.raises(UnknownVoice) as error:
        library.find("nobody")
    assert "nobody" in english(error.value)
    assert "story_teller" in english(error.value)


def test_a_saved_voice_is_found_by_name_and_id_and_survives_a_restart(library, tmp_path, presets):
    saved = library.create("Ann Lee", tone(), "Hello there.", locale="en", gender="female", description="my friend")
    again = VoiceLibrary(tmp_path / "saved", max_saved=2, presets_folder=presets)
    for wanted in ("ann lee", saved.id):
        voice = again.find(wanted)
        assert (voice.transcript, voice.locale, voice.gender) == ("Hello there.", "en", "female")
        assert np.abs(voice.reference.samples - tone().samples).max() < 1e-6
    assert [v.source for v in again.all()] == ["builtin", "custom"]


def test_presets_are_found_by_the_names_people_choose_by_and_by_their_ids(tmp_path: Path):
    library = VoiceLibrary(tmp_path, max_saved=0)
    for voice in library.all():
        language, _, rest = voice.name.partition(" ")
        assert {"American": "en-US", "British": "en-GB", "Mandarin": "zh-CN"}[language] == voice.locale
        sex, _, character = rest.partition(", ")
        assert (sex, bool(character)) == ({"female": "woman", "male": "man"}[voice.gender], True)
        assert library.info(voice.name.upper()) == library.info(voice.id) == voice
        assert 3 < library.find(voice.id).reference.duration_s < 12  # its sample


def test_a_name_can_be_used_only_once_whatever_its_case(library: VoiceLibrary):
    library.create("Ann", tone(), "")
    for name in ("ann", " ANN ", "alloy", "story_teller"):
        with pytest.raises(VoiceNameTaken):
            library.create(name, tone(), "")


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "a\x00b"])
def test_an_unusable_name_is_refused(library: VoiceLibrary, name: str):
    with pytest.raises(InvalidRequest):
        library.create(name, tone(), "")


def test_a_silent_clip_is_refused_and_leaves_nothing(library: VoiceLibrary):
    with pytest.raises(SilentAudio):
        library.create("quiet", silence(2, 16000), "")
    assert [v.name for v in library.all()] == ["story_teller"]


def test_a_full_library_says_so(library: VoiceLibrary):
    library.create("one", tone(), "")
    library.create("two", tone(), "")
    with refused(InvalidRequest, match="2 saved voices"):
        library.create("three", tone(), "")


def test_a_full_disk_is_an_error_of_its_own_and_leaves_nothing(library: VoiceLibrary, tmp_path: Path):
    with files_no_larger_than(1000), pytest.raises(StorageFull):
        library.create("Ann", tone(), "")
    assert [path.name for path in (tmp_path / "saved").iterdir()] == [".lock"]


def test_a_disk_that_cannot_be_written_is_an_error_of_its_own(library: VoiceLibrary, tmp_path: Path):
    (tmp_path / "saved").write_text("no folder")
    with pytest.raises(StorageFailed) as failed:
        library.create("Ann", tone(), "")
    assert not isinstance(failed.value, StorageFull)


def test_a_deleted_voice_is_gone_and_its_name_is_free(library: VoiceLibrary, tmp_path: Path):
    saved = library.create("Ann", tone(), "")
    assert library.delete(saved.id).name == "Ann"
    with pytest.raises(UnknownVoice):
        library.find("Ann")
    assert [path.name for path in (tmp_path / "saved").iterdir()] == [".lock"]
    library.create("Ann", tone(), "")


def test_a_preset_cannot_be_deleted(library: VoiceLibrary):
    with refused(InvalidRequest, match="preset"):
        library.delete("story_teller")


@pytest.mark.parametrize("damage", ["{half", "[]", "{}"])
def test_a_damaged_voice_is_left_out_and_the_others_stay(library: VoiceLibrary, tmp_path: Path, damage: str):
    library.create("good", tone(), "")
    broken = library.create("bad", tone(), "")
    (tmp_path / "saved" / broken.id / "voice.json").write_text(damage)
    assert [v.name for v in library.all()] == ["story_teller", "good"]


def test_a_sweep_goes_on_beside_another_that_was_faster(library: VoiceLibrary, monkeypatch: pytest.MonkeyPatch):
    for name in ("one", "two"):
        library.create(name, tone(), "", owner="key a")
        library.put_away(name, "key a")
    monkeypatch.setattr(voices, "DELETED_KEPT_S", -1.0)
    seen = library.kept()
    library.erase(seen[0])
    monkeypatch.setattr(library, "kept", lambda: seen)
    library.sweep()
    monkeypatch.undo()
    assert library.kept() == []


def test_what_is_put_away_is_bounded(library: VoiceLibrary):
    for name in "abcdef":
        library.create(name, tone(0.2), "", owner="key a")
        library.put_away(name, "key a")
    assert [voice.name for voice in sorted(library.kept(), key=lambda voice: voice.name)] == ["e", "f"]


def test_voices_that_are_handed_over_keep_their_names_where_they_are_free(library: VoiceLibrary):
    for owner in ("session x", "key a"):
        library.create("Ann", tone(0.2), "", owner=owner)
    library.hand_over("session x", "key a")
    assert sorted((voice.name, voice.owner) for voice in library.kept()) == [("Ann", "key a"), ("Ann 2", "key a")]


def test_what_nobody_owns_is_deleted_by_who_keeps_house(library: VoiceLibrary):
    for delete in (library.delete, library.put_away):
        library.create("Ann", tone(0.2), "")
        with pytest.raises(VoiceOfOthers):
            delete("Ann", "key a")
        delete("Ann", "key a", keeps_house=True)
    library.create("Ben", tone(0.2), "", owner="key b", is_shared=True)
    with pytest.raises(VoiceOfOthers):
        library.delete("Ben", "key a", keeps_house=True)


def test_of_two_who_save_one_name_at_once_one_is_refused(library: VoiceLibrary):
    def save(_: int) -> bool:
        try:
            library.create("Ann", tone(0.2), "")
        except VoiceNameTaken:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(save, range(4))) == [False] * 3 + [True]
    assert len(library.kept()) == 1


def test_two_who_bring_back_and_save_one_name_never_both_have_it(library: VoiceLibrary):
    old = library.create("Ann", tone(0.2), "", owner="key a")
    library.put_away("Ann", "key a")
    library.create("ann", tone(0.2), "", owner="key a")
    with pytest.raises(VoiceNameTaken):
        library.move("key a", away=(), back=(old.id,))
    assert [voice.name for voice in library.kept() if not voice.deleted_at] == ["ann"]
