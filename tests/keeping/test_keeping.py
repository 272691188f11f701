"""Archives, versions and erasure, over real stores with real sound in them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.access.signer import Signer
from app.cache.token_cache import TokenCache
from app.engine.errors import PresetStays, UnknownConsent, UnknownSession, UnknownVoice
from app.engine.library.consents import ConsentLibrary
from app.engine.library.voices import VoiceLibrary
from app.files import in_use
from app.keeping import archive as archive_room
from app.keeping import erasing, restoring
from app.keeping.archive import Held, back_up
from app.keeping.faults import CannotKeep
from app.keeping.opening import opened
from app.keeping.restoring import JOURNAL, restore
from app.keeping.stores import VERSIONS, carry_forward
from app.studio.session import Session
from app.studio.store import TakeStore
from tests.fakes import new_session_id, tone
from tests.studio.test_session import FIRST_VERSION

DAY_S = 86_400
ARCHIVES = Path(__file__).parents[1] / "data" / "archives"


@dataclass(frozen=True)
class House:
    """A cache folder with something in each store."""

    folder: Path

    @property
    def voices(self) -> VoiceLibrary:
        return VoiceLibrary(self.folder / "voices", 100)

    @property
    def consents(self) -> ConsentLibrary:
        return ConsentLibrary(self.folder / "consents", 100)

    @property
    def takes(self) -> TakeStore:
        return TakeStore(self.folder / "takes", 7 * DAY_S, 10**10)

    @property
    def tokens(self) -> TokenCache:
        return TokenCache(self.folder / "tokens", 100, 10**8)

    def begin(self, owner: str = "") -> Session:
        session = self.takes.session(new_session_id())
        session.opened_by = owner
        session.add(tone(0.2), name="mine")
        return session

    def contents(self) -> dict[str, bytes]:
        """Every file that is kept, without locks."""
        files = (path for path in self.folder.rglob("*") if path.is_file())
        named = {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in files}
        return {
            name: data
            for name, data in named.items()
            if not any(part.startswith(".") for part in name.split("/")) and name != VERSIONS
        }


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path / "cache")
    consent = house.consents.create("Ada agrees", "en", tone(0.3))
    house.voices.create("Ada", tone(0.5), "A tone.", consent=consent.id)
    house.begin()
    house.tokens.put("voice-profile-1-en-abc", {"x": 1}, 0.1)
    Signer.kept_in(house.folder)
    return house


@pytest.fixture
def archive(house: House, tmp_path: Path) -> Path:
    back_up(house.folder, tmp_path / "all.tar")
    return tmp_path / "all.tar"


def test_what_is_restored_is_what_was_kept(house: House, archive: Path, tmp_path: Path) -> None:
    other = House(tmp_path / "other" / "cache")
    held = restore(archive, other.folder, replaces=False)
    assert other.contents() == house.contents()
    assert held.n_by_store == {"voices": 1, "consents": 1, "sessions": 1, "tokens": 1}
    assert other.voices.find("Ada").transcript == "A tone."
    session = next(iter(other.takes.kept()))
    assert session.audio(session.tree().current.id).duration_s == pytest.approx(0.2)
    assert other.tokens.get("voice-profile-1-en-abc") == {"x": 1}
    assert session.tree().all == next(iter(house.takes.kept())).tree().all
    assert archive.stat().st_mode & 0o077 == 0, "voices and the secret of cookies are nothing for others"
    other.takes.sweep()
    assert len(other.takes.kept()) == 1


def test_takes_stay_as_old_as_they_are(house: House, tmp_path: Path) -> None:
    session = next(iter(house.takes.kept()))
    path, old = session.path(session.tree().current.id), time.time() - 8 * DAY_S
    os.utime(path, (old, old))
    back_up(house.folder, tmp_path / "all.tar")
    other = House(tmp_path / "other")
    restore(tmp_path / "all.tar", other.folder, replaces=False)
    other.takes.sweep()
    assert not list((other.folder / "takes").rglob("*.flac"))


def test_what_is_there_is_replaced_only_when_that_is_said_and_set_aside_then(house: House, archive: Path) -> None:
    house.voices.create("Later", tone(0.5), "A tone.")
    before = house.contents()
    with pytest.raises(CannotKeep) as refused:
        restore(archive, house.folder, replaces=False)
    assert refused.value.kind == "not_empty"
    assert house.contents() == before
    restore(archive, house.folder, replaces=True)
    assert [voice.name for voice in house.voices.all() if voice.source == "custom"] == ["Ada"]
    aside = House(next(house.folder.glob("replaced-*")))
    assert {voice.name for voice in aside.voices.all() if voice.source == "custom"} == {"Ada", "Later"}


def cut(archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])


def change_a_byte(archive: Path) -> None:
    data = bytearray(archive.read_bytes())
    at = data.index(b"fLaC")
    data[at + 60] ^= 1
    archive.write_bytes(bytes(data))


def replace_by_text(archive: Path) -> None:
    archive.write_text("no archive")


def point_outside(archive: Path) -> None:
    rewrite(archive, lambda name: "../evil" if name.endswith("voice.json") else name)


def rewrite(archive: Path, rename: Callable[[str], str], versions: dict[str, int] | None = None) -> None:
    """The same archive with other names of files, in its list, too."""
    made = archive.with_suffix(".new")
    with tarfile.open(archive) as old, tarfile.open(made, "w") as new:
        for member in old.getmembers():
            data = old.extractfile(member).read()  # type: ignore[union-attr]
            if member.name == "manifest.json":
                row = json.loads(data)
                row["files"] = {rename(name): facts for name, facts in row["files"].items()}
                row["stores"] |= versions or {}
                data = json.dumps(row).encode()
            member.name, member.size = rename(member.name), len(data)
            new.addfile(member, __import__("io").BytesIO(data))
    made.replace(archive)


@pytest.mark.parametrize("damage", [cut, change_a_byte, replace_by_text, point_outside])
def test_a_damaged_archive_changes_nothing(
    damage: Callable[[Path], None], house: House, archive: Path, tmp_path: Path
) -> None:
    damage(archive)
    before = house.contents()
    with pytest.raises(CannotKeep) as refused:
        restore(archive, house.folder, replaces=True)
    assert refused.value.kind in ("damaged_archive", "not_an_archive")
    assert house.contents() == before
    assert not list(house.folder.glob(".restoring-*"))
    assert not (tmp_path / "evil").exists()


def test_a_newer_archive_and_a_newer_store_are_refused(house: House, archive: Path) -> None:
    before = house.contents()
    rewrite(archive, str, {"voices": 7})
    with pytest.raises(CannotKeep) as refused:
        restore(archive, house.folder, replaces=True)
    assert (refused.value.kind, refused.value.values) == ("newer_store", {"store": "voices", "version": 7, "known": 2})
    (house.folder / VERSIONS).write_text(json.dumps({"moods": 1}))
    for use in (lambda: back_up(house.folder, archive), lambda: opened(house.folder).__enter__()):
        with pytest.raises(CannotKeep) as refused:
            use()
        assert refused.value.values["store"] == "moods"
    assert house.contents() == before


def test_a_folder_in_use_is_not_restored_to(house: House, archive: Path) -> None:
    with in_use(house.folder), pytest.raises(CannotKeep) as refused:
        restore(archive, house.folder, replaces=True)
    assert refused.value.kind == "in_use"


def plant_first_version(house: House) -> Path:
    folder = house.folder / "takes" / new_session_id()
    folder.mkdir()
    (folder / "session.json").write_text(FIRST_VERSION)
    for take_id in ("aa", "bb"):
        (folder / f"{take_id}.flac").write_bytes(b"fLaC")
    return folder


def test_sessions_of_the_first_version_are_carried_forward_at_the_start_and_by_a_restore(
    house: House, tmp_path: Path
) -> None:
    folder = plant_first_version(house)
    back_up(house.folder, tmp_path / "old.tar")
    with opened(house.folder):
        assert json.loads((folder / "session.json").read_text())["version"] == 3
        assert json.loads((house.folder / VERSIONS).read_text())["sessions"] == 3
    other = House(tmp_path / "other")
    restore(tmp_path / "old.tar", other.folder, replaces=False)
    row = json.loads((other.folder / "takes" / folder.name / "session.json").read_text())
    assert row["version"] == 3
    assert other.takes.session(folder.name).tree().take("bb").name == "better"


def test_a_folder_that_cannot_be_written_is_used_as_it_is(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("app.keeping.opening.in_use", refuse)
    with opened(house.folder):
        assert house.voices.find("Ada")
    assert "Read-only" in caplog.text


def test_half_a_restore_is_not_used_where_it_cannot_be_ended(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    (house.folder / JOURNAL).write_text("{}")
    monkeypatch.setattr("app.keeping.opening.in_use", refuse)
    with pytest.raises(CannotKeep) as refused, opened(house.folder):
        pass
    assert refused.value.kind == "half_restored"


def test_a_backup_waits_for_a_change_and_never_holds_half_of_it(house: House, tmp_path: Path) -> None:
    session = next(iter(house.takes.kept()))
    source = session.tree().current
    for n in range(3):
        session.add(tone(0.1), parent_id=source.id, name=str(n))
        held: Held = back_up(house.folder, tmp_path / f"{n}.tar")
        other = House(tmp_path / f"other{n}")
        assert restore(tmp_path / f"{n}.tar", other.folder, replaces=False) == held
        assert len(other.takes.session(session.id).tree().all) == n + 2


def test_an_archive_that_is_not_what_was_read_is_no_backup(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = archive_room._add

    def lose(tar: tarfile.TarFile, path: Path, name: str) -> tuple[int, str]:
        size, _ = add(tar, path, name)
        return size, "0" * 64

    monkeypatch.setattr(archive_room, "_add", lose)
    with pytest.raises(CannotKeep) as refused:
        back_up(house.folder, tmp_path / "all.tar")
    assert refused.value.kind == "damaged_archive"
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]


@pytest.mark.slow
@pytest.mark.parametrize("moves", range(11))
def test_a_killed_restore_is_ended_by_the_next_start_or_was_never_begun(
    house: House, archive: Path, moves: int
) -> None:
    wanted = house.contents()
    house.voices.create("Later", tone(0.5), "A tone.")
    child = os.fork()
    if child == 0:
        _kill_after(moves)
        restore(archive, house.folder, replaces=True)
        os._exit(0)
    os.waitpid(child, 0)
    with opened(house.folder):
        kept = {name: data for name, data in house.contents().items() if not name.startswith("replaced-")}
        assert kept == wanted
        assert not (house.folder / JOURNAL).exists()
        assert not list(house.folder.glob(".restoring-*"))


def _kill_after(moves: int) -> None:
    """End this process when the restore was decided and so many things were moved."""
    move, n_done = restoring._move, 0

    def moved(path: Path, target: Path) -> None:
        nonlocal n_done
        if n_done == moves:
            os.kill(os.getpid(), signal.SIGKILL)
        move(path, target)
        n_done += 1

    restoring._move = moved


def test_an_undecided_restore_leaves_nothing(house: House) -> None:
    (house.folder / ".restoring-left").mkdir()
    before = house.contents()
    with opened(house.folder):
        assert house.contents() == before
    assert not (house.folder / ".restoring-left").exists()


@pytest.mark.parametrize("archive", sorted(ARCHIVES.glob("*.tar")), ids=lambda archive: archive.stem)
def test_archives_of_earlier_releases_are_restored(archive: Path, tmp_path: Path) -> None:
    """Each release adds one: a consent, a voice of the key alice with it, a session of hers with a take, an entry."""
    house = House(tmp_path / "cache")
    held = restore(archive, house.folder, replaces=False)
    assert held.n_by_store == {"voices": 1, "consents": 1, "sessions": 1, "tokens": 1}
    voice = house.voices.info("Ada", reader="key alice")
    assert house.consents.find(voice.consent).name == "Ada agrees"
    session = next(iter(house.takes.kept()))
    assert session.tree().owner == "alice"
    assert session.audio(session.tree().current.id).duration_s == pytest.approx(0.2)
    assert house.tokens.get("voice-profile-1-en-abc") == {"x": 1}


def test_erasing_a_voice_takes_its_consent_and_what_was_computed(house: House) -> None:
    kept = house.begin()
    found = erasing.of_voice(house.folder, "Ada")
    assert (found.voices, len(found.consents), found.n_entries) == (["Ada"], 1, 1)
    assert house.voices.find("Ada"), "nothing goes before it is carried out"
    found.carry_out()
    with pytest.raises(UnknownVoice):
        house.voices.find("Ada")
    with pytest.raises(UnknownConsent):
        house.consents.find(found.consents[0])
    assert house.tokens.stats().entries == 0
    assert kept.exists
    assert not [name for name in house.contents() if "voice" in name or "consent" in name]


def test_a_consent_is_erased_by_its_id_with_what_it_stands_behind(house: House) -> None:
    left = house.consents.create("Bob agrees", "en", tone(0.3)).id  # his voice was deleted before
    (house.folder / "consents" / left / "consent.json").write_text("damaged")
    found = erasing.of_consent(house.folder, left)
    assert (found.voices, found.consents, found.n_entries) == ([], [left], 1)
    found.carry_out()
    with pytest.raises(UnknownConsent):
        erasing.of_consent(house.folder, left)
    found = erasing.of_consent(house.folder, house.voices.info("Ada").consent)
    assert (found.voices, len(found.consents)) == (["Ada"], 1)
    found.carry_out()
    assert not [name for name in house.contents() if "voice" in name or "consent" in name]


def test_a_consent_that_stands_behind_another_voice_stays(house: House) -> None:
    consent = house.consents.page(1)[0][0].id
    house.voices.create("Ada two", tone(0.5), "A tone.", consent=consent)
    erasing.of_voice(house.folder, "Ada").carry_out()
    assert house.consents.find(consent)


def test_erasing_a_key_takes_all_its_sessions_and_no_other(house: House) -> None:
    mine, also_mine, other = house.begin("alice"), house.begin("alice"), house.begin("bob")
    found = erasing.of_key(house.folder, "alice")
    assert (sorted(found.sessions), found.n_takes) == (sorted([mine.id, also_mine.id]), 2)
    found.carry_out()
    assert not any((house.folder / "takes" / session.id).exists() for session in (mine, also_mine))
    assert other.exists
    for find, wanted in ((erasing.of_key, "alice"), (erasing.of_session, mine.id)):
        with pytest.raises(UnknownSession):
            find(house.folder, wanted)
    erasing.of_session(house.folder, other.id).carry_out()
    assert not other.exists


def test_erasing_a_key_takes_its_voices_too_also_those_that_were_put_away(house: House) -> None:
    for name in ("Mine", "Away"):
        house.voices.create(name, tone(0.5), "A tone.", owner="key alice")
    house.voices.put_away("Away", "key alice")
    found = erasing.of_key(house.folder, "alice")
    assert sorted(found.voices) == ["Away", "Mine"]
    found.carry_out()
    assert [voice.name for voice in house.voices.kept()] == ["Ada"]


def test_a_voice_that_several_have_is_erased_by_its_id_alone(house: House) -> None:
    own, _ = (house.voices.create("Eve", tone(0.5), "A tone.", owner=f"session {name}") for name in "xy")
    with pytest.raises(CannotKeep) as refused:
        erasing.of_voice(house.folder, "eve")
    assert own.id in str(refused.value.values["ids"])
    erasing.of_voice(house.folder, own.id).carry_out()
    assert sorted(voice.owner for voice in house.voices.kept()) == ["", "session y"]
    with pytest.raises(PresetStays):
        erasing.of_voice(house.folder, "heart_en")


def test_nothing_kept_is_an_archive_too(tmp_path: Path) -> None:
    assert back_up(tmp_path / "none", tmp_path / "none.tar").n_files == 0
    restore(tmp_path / "none.tar", tmp_path / "new", replaces=False)
    carry_forward(tmp_path / "new")
    shutil.rmtree(tmp_path / "new")
