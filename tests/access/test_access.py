"""Who may come in: keys by their hash, and cookies that only this service can have given out."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from app.access import access as access_module
from app.access.access import SIGN_IN_COOKIE, SIGNED_IN_S, Access
from app.access.keys import Key, KeyRing
from app.access.sessions import SessionCookies
from app.access.signer import Signer


@pytest.fixture
def access() -> Access:
    return Access(KeyRing.of(["first", "second"]), Signer(b"s" * 32))


def test_a_key_is_found_by_what_its_owner_sends_and_not_kept(access: Access):
    key = access.by_header("Bearer second", "1.2.3.4")
    assert key is not None
    assert key.name == "key-2"
    assert "second" not in repr(key)
    for wrong in ("Bearer secon", "Basic second", "second", "Bearer ", "Bearer \udcff"):
        assert access.by_header(wrong, "1.2.3.4") is None


def test_a_cookie_stands_for_the_key_that_signed_in(access: Access):
    key = access.keys.find("first")
    assert key is not None
    cookie = access.cookie_for(key)
    assert "first" not in cookie
    assert access.by_cookie({SIGN_IN_COOKIE: cookie}) == key
    assert access.by_cookie({SIGN_IN_COOKIE: cookie.replace("key-1", "key-2")}) is None
    assert access.by_cookie({}) is None
    for forged in (
        "",
        "key-1",
        "key-1..",
        "key-1.99999999999.",
        "key-1.99999999999." + "0" * 64,
        "key-1.x.\xff",
        "...",
    ):
        assert access.by_cookie({SIGN_IN_COOKIE: forged}) is None


def test_a_cookie_ends_with_its_time_with_its_key_and_with_the_secret(access: Access, monkeypatch: pytest.MonkeyPatch):
    key = access.keys.find("first")
    assert key is not None
    cookies = {SIGN_IN_COOKIE: access.cookie_for(key)}
    assert Access(KeyRing.of(["changed"]), access.signer).by_cookie(cookies) is None
    assert Access(access.keys, Signer(b"t" * 32)).by_cookie(cookies) is None
    now = access_module.time.time()
    monkeypatch.setattr(access_module.time, "time", lambda: now + SIGNED_IN_S + 1)
    assert access.by_cookie(cookies) is None


def test_all_services_of_one_folder_and_the_next_start_sign_alike(tmp_path: Path):
    one, other = Signer.kept_in(tmp_path / "cache"), Signer.kept_in(tmp_path / "cache")
    assert other.fits("x", "text", one.tag("x", "text"))
    assert not other.fits("y", "text", one.tag("x", "text"))
    assert stat.S_IMODE((tmp_path / "cache" / "secret").stat().st_mode) == 0o600


def test_a_disk_that_takes_nothing_leaves_a_secret_of_its_own(tmp_path: Path):
    (tmp_path / "file").touch()
    one, other = (Signer.kept_in(tmp_path / "file") for _ in range(2))
    assert not other.fits("x", "text", one.tag("x", "text"))


def test_a_session_is_called_by_an_id_that_does_not_open_it():
    sessions = SessionCookies(Signer(b"s" * 32))
    cookie = sessions.new()
    public = sessions.public_id(cookie)
    assert public is not None
    assert public not in cookie
    assert cookie not in public
    assert sessions.public_id(public) is None
    assert sessions.public_id(cookie) == public != sessions.public_id(sessions.new())
    for forged in (
        "",
        "k" * 32,
        cookie[:-1],
        cookie + "0",
        "x" + cookie,
        f"{public}.{cookie.partition('.')[2]}",
        "x" * 9999,
    ):
        assert sessions.public_id(forged) is None


def test_who_keeps_house_is_the_operator_or_anyone_where_no_keys_are_asked_for(access: Access):
    assert access.keeps_house(access.keys.find("first"))
    assert not access.keeps_house(None)
    assert not access.keeps_house(Key(name="alice", sha256="0" * 64))
    assert Access(KeyRing(), access.signer).keeps_house(None)
