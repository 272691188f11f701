"""TokenCache: the rules of a cache that several threads, processes and restarts share."""

from __future__ import annotations

import errno
import json
import logging
import os
import statistics
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cache.entry_files import SET_ASIDE, EntryFiles, name_of
from app.cache.token_cache import TokenCache
from tests.full_disk import files_no_larger_than

MIB = 1024 * 1024
PROJECT = Path(__file__).resolve().parents[2]


def opened(folder: Path | None, max_entries: int = 10, max_bytes: int = MIB) -> TokenCache:
    return TokenCache(folder, max_entries, max_bytes)


def file_of(folder: Path, key: str) -> Path:
    return folder / name_of(key)[:2] / f"{name_of(key)}.json"


def refuse() -> dict[str, Any]:
    raise AssertionError("computed although it is cached")


def test_a_stored_value_is_read_again_after_a_restart(tmp_path: Path) -> None:
    opened(tmp_path).put("clip:v1", {"vq02": [1, 2, 3], "名": "值"}, cost_s=1.5)
    assert opened(tmp_path).get("clip:v1") == {"vq02": [1, 2, 3], "名": "值"}
    assert json.loads(file_of(tmp_path, "clip:v1").read_text())["cost_s"] == 1.5


def test_an_unknown_key_is_a_miss(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    assert cache.get("nothing") is None
    assert (cache.stats().hits, cache.stats().misses) == (0, 1)


def test_the_least_recently_used_entry_goes_first(tmp_path: Path) -> None:
    cache = opened(tmp_path, max_entries=2)
    cache.put("a", {}, 0.0)
    cache.put("b", {}, 0.0)
    cache.get("a")
    cache.put("c", {}, 0.0)
    assert [cache.get(key) is not None for key in "abc"] == [True, False, True]
    assert cache.stats().evictions == 1
    assert not file_of(tmp_path, "b").exists()


def test_recency_survives_a_restart(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    for key in "abc":
        cache.put(key, {}, 0.0)
    cache.get("a")
    smaller = opened(tmp_path, max_entries=2)
    assert [smaller.get(key) is not None for key in "abc"] == [True, False, True]


def test_bytes_are_limited_and_counted(tmp_path: Path) -> None:
    cache = opened(tmp_path, max_bytes=1000)
    for n in range(10):
        cache.put(str(n), {"text": "x" * 200}, 0.0)
    on_disk = sum(file.stat().st_size for file in tmp_path.rglob("*.json"))
    assert cache.stats().bytes == on_disk <= 1000
    assert cache.stats().evictions == 10 - cache.stats().entries > 0


def test_an_entry_above_the_byte_limit_is_not_kept(tmp_path: Path) -> None:
    cache = opened(tmp_path, max_bytes=100)
    assert cache.get_or_compute("big", lambda: {"text": "x" * 200}) == {"text": "x" * 200}
    assert cache.stats().entries == 0


def test_saved_time_is_the_measured_cost_of_each_hit(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    cache.put("a", {}, cost_s=2.0)
    cache.get("a")
    cache.get("a")
    assert cache.stats().saved_s == 4.0
    assert cache.stats().hit_rate == 1.0


def test_get_or_compute_measures_the_cost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache, now_s = opened(tmp_path), 100.0
    clock = SimpleNamespace(perf_counter=lambda: now_s, monotonic=time.monotonic, time_ns=time.time_ns)
    monkeypatch.setattr("app.cache.token_cache.time", clock)

    def compute() -> dict[str, Any]:
        nonlocal now_s
        now_s += 1.5
        return {"n": 1}

    cache.get_or_compute("a", compute)
    cache.get_or_compute("a", refuse)
    assert cache.stats().saved_s == 1.5


class Waiters:
    """Callers of `get_or_compute` that wait for another's computation, told by their checkpoints."""

    def __init__(self, n: int) -> None:
        self.all_wait = threading.Event()
        self._n, self._waiting = n, set[int]()

    def checkpoint(self) -> None:
        self._waiting.add(threading.get_ident())
        if len(self._waiting) == self._n:
            self.all_wait.set()


@pytest.fixture
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for another's computation looks about at once."""
    monkeypatch.setattr("app.cache.token_cache.WAIT_STEP_S", 0.001)


@pytest.mark.usefixtures("quick_looks")
def test_ten_callers_of_a_new_key_compute_it_once(tmp_path: Path) -> None:
    cache, others, calls = opened(tmp_path), Waiters(9), []
    results: list[dict[str, Any]] = []

    def compute() -> dict[str, Any]:
        calls.append(1)
        assert others.all_wait.wait(10)
        return {"codes": [7]}

    def ask() -> None:
        results.append(cache.get_or_compute("clip", compute, others.checkpoint))

    run_all([threading.Thread(target=ask) for _ in range(10)])
    assert len(calls) == 1
    assert results == [{"codes": [7]}] * 10
    assert len({id(result) for result in results}) == 10, "callers must not share one dict"
    assert (cache.stats().misses, cache.stats().hits) == (1, 9)


@pytest.mark.usefixtures("quick_looks")
def test_a_failed_computation_lets_the_next_caller_try(tmp_path: Path) -> None:
    cache, begun, next_caller, failed = opened(tmp_path), threading.Event(), Waiters(1), []

    def fail() -> dict[str, Any]:
        begun.set()
        assert next_caller.all_wait.wait(10)
        raise RuntimeError("broken")

    def ask_in_vain() -> None:
        try:
            cache.get_or_compute("clip", fail)
        except RuntimeError as error:
            failed.append(error)

    first = threading.Thread(target=ask_in_vain)
    first.start()
    assert begun.wait(5)
    assert cache.get_or_compute("clip", lambda: {"ok": True}, next_caller.checkpoint) == {"ok": True}
    first.join(5)
    assert len(failed) == 1


@pytest.mark.usefixtures("quick_looks")
def test_a_waiting_caller_can_give_up(tmp_path: Path) -> None:
    cache, begun, release = opened(tmp_path), threading.Event(), threading.Event()

    def slow() -> dict[str, Any]:
        begun.set()
        release.wait(10)
        return {}

    def give_up() -> None:
        raise TimeoutError

    first = threading.Thread(target=cache.get_or_compute, args=("clip", slow))
    first.start()
    assert begun.wait(5)
    with pytest.raises(TimeoutError):
        cache.get_or_compute("clip", refuse, checkpoint=give_up)
    release.set()
    first.join(5)


def test_hit_and_miss_give_the_same_shape(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    assert cache.get_or_compute("a", lambda: {"pair": (1, 2)}) == cache.get_or_compute("a", refuse) == {"pair": [1, 2]}


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b'{"format":1,"key":"a"',
        b"[]",
        b"\xff\xfe",
        b'{"format":99}',
        b"null",
        pytest.param(b"[" * 9999, id="deep"),
    ],
)
def test_a_torn_or_foreign_file_is_set_aside_and_counted(tmp_path: Path, junk: bytes) -> None:
    opened(tmp_path).put("a", {"n": 1}, 0.0)
    file_of(tmp_path, "a").write_bytes(junk)
    cache = opened(tmp_path)
    assert cache.get("a") is None
    assert cache.stats().set_aside == 1
    assert [file.read_bytes() for file in (tmp_path / SET_ASIDE).iterdir()] == [junk]
    assert cache.get_or_compute("a", lambda: {"n": 2}) == {"n": 2}
    assert opened(tmp_path).get("a") == {"n": 2}


def test_an_entry_of_another_key_is_never_returned(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    cache.put("a", {"n": 1}, 0.0)
    file_of(tmp_path, "b").parent.mkdir(exist_ok=True)
    file_of(tmp_path, "a").rename(file_of(tmp_path, "b"))
    assert cache.get("b") is None
    assert cache.stats().set_aside == 1


def test_misnamed_files_and_old_leftovers_do_no_harm(tmp_path: Path) -> None:
    opened(tmp_path).put("a", {}, 0.0)
    folder = file_of(tmp_path, "a").parent
    (folder / "notes.txt").write_text("mine")
    old = folder / f"{name_of('x')}.1-0.tmp"
    old.write_text("half")
    os.utime(old, (0, 0))
    fresh = folder / f"{name_of('y')}.1-0.tmp"
    fresh.write_text("being written by another process")
    cache = opened(tmp_path)
    assert cache.stats().entries == 1
    assert cache.stats().set_aside == 1
    assert not old.exists()
    assert fresh.exists()


def test_a_folder_that_cannot_be_used_degrades_to_memory_with_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("not a folder")
    with caplog.at_level(logging.WARNING):
        cache = opened(tmp_path / "file" / "cache")
        for key in "abc":
            cache.put(key, {"k": key}, 0.0)
    assert [cache.get(key) for key in "abc"] == [{"k": key} for key in "abc"]
    assert len(caplog.records) == 1
    assert cache.stats().entries == 3


def test_a_full_disk_degrades_to_memory_and_heals(tmp_path: Path) -> None:
    cache = opened(tmp_path, max_entries=2)
    value = {"text": "x" * 5000}
    with files_no_larger_than(1000):
        for key in "abc":
            cache.put(key, value, 0.0)
    assert [cache.get(key) is not None for key in "abc"] == [False, True, True], "memory keeps to the same limits"
    assert not list(tmp_path.rglob("*.tmp"))
    cache.put("b", value, 0.0)
    assert opened(tmp_path).get("b") == value


def test_without_a_folder_it_is_a_memory_cache() -> None:
    cache = opened(None, max_entries=1)
    cache.put("a", {}, 0.0)
    cache.put("b", {}, 0.0)
    assert (cache.get("a"), cache.get("b")) == (None, {})


def test_switched_off_it_keeps_nothing_and_deletes_nothing(tmp_path: Path) -> None:
    opened(tmp_path).put("a", {}, 0.0)
    cache = opened(tmp_path, max_entries=0)
    assert cache.get("a") is None
    assert cache.get_or_compute("a", lambda: {"n": 1}) == {"n": 1}
    assert cache.stats().entries == 0
    assert opened(tmp_path).get("a") == {}


def test_two_caches_share_a_folder(tmp_path: Path) -> None:
    left, right = opened(tmp_path), opened(tmp_path)
    left.put("a", {"from": "left"}, 0.0)
    assert right.get("a") == {"from": "left"}
    assert left.clear() == 1
    assert right.get("a") is None


SHARER = """
import random, sys
from pathlib import Path
from app.cache.token_cache import TokenCache
from tests.full_disk import files_no_larger_than

cache, rng = TokenCache(Path(sys.argv[1]), 10, 1 << 20), random.Random(int(sys.argv[2]))
for _ in range(150):
    key = f"clip{rng.randrange(20)}"
    assert cache.get_or_compute(key, lambda: {"key": key, "codes": [7] * 500})["key"] == key
assert cache.stats().set_aside == 0
"""


@pytest.mark.slow
def test_several_processes_share_a_folder_at_the_same_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sharers = [
        subprocess.Popen([sys.executable, "-c", SHARER, str(tmp_path), str(n)], cwd=PROJECT, stderr=subprocess.PIPE)
        for n in range(3)
    ]
    assert [(sharer.communicate(timeout=60)[1], sharer.returncode) for sharer in sharers] == [(b"", 0)] * 3
    assert opened(tmp_path).stats().entries == 10
    assert opened(tmp_path).stats().set_aside == 0
    assert not list(tmp_path.rglob("*.tmp"))
    assert not caplog.records


def test_two_writers_with_one_process_number_do_not_share_a_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Containers on one folder may have one process number each."""
    written: list[str] = []
    replace = Path.replace
    monkeypatch.setattr(Path, "replace", lambda self, to: written.append(self.name) or replace(self, to))
    for cache in (opened(tmp_path), opened(tmp_path)):
        cache.put("a", {}, 0.0)
    assert len(set(written)) == 2


def test_a_disk_that_became_read_only_still_gives_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    opened(tmp_path).put("old", {"n": 1}, 0.0)

    def refuse_to_write(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "utime", refuse_to_write)
    monkeypatch.setattr(EntryFiles, "write", refuse_to_write)
    cache = opened(tmp_path)
    assert cache.get("old") == {"n": 1}
    for key in "ab":
        assert cache.get_or_compute(key, lambda: {"new": True}) == {"new": True}
        assert cache.get_or_compute(key, refuse) == {"new": True}
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_clear_removes_everything_and_tells_how_many(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    cache.put("a", {}, 0.0)
    cache.put("b", {}, 0.0)
    assert cache.clear() == 2
    assert (cache.stats().entries, cache.stats().bytes) == (0, 0)
    assert not list(tmp_path.rglob("*.json"))


def test_each_look_up_is_one_log_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache = opened(tmp_path)
    with caplog.at_level(logging.INFO):
        cache.get_or_compute("a", dict)
        cache.get_or_compute("a", refuse)
    lines = [record.getMessage() for record in caplog.records]
    key = name_of("a")[:16]
    assert lines[0] == f"token cache MISS key={key} saved_s=0"
    assert lines[1].startswith(f"token cache HIT key={key} saved_s=0.0")
    assert len(lines) == 2


def test_what_json_cannot_hold_is_the_callers_error(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    with pytest.raises(ValueError, match="not JSON compliant"):
        cache.put("a", {"n": float("nan")}, 0.0)
    assert cache.stats().entries == 0


@given(st.lists(st.tuples(st.sampled_from("pg"), st.sampled_from("abcdefg")), max_size=40))
@settings(max_examples=25, deadline=None)
def test_it_behaves_as_an_ordered_dict_does(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]]
) -> None:
    cache = opened(tmp_path_factory.mktemp("lru"), max_entries=3)
    model: OrderedDict[str, int] = OrderedDict()
    for n, (step, key) in enumerate(steps):
        if step == "p":
            cache.put(key, {"n": n}, 0.0)
            model[key] = n
            model.move_to_end(key)
            if len(model) > 3:
                model.popitem(last=False)
        else:
            found = cache.get(key)
            assert (found and found["n"]) == model.get(key)
            if found:
                model.move_to_end(key)
    assert cache.stats().entries == len(model)


KILLER = """
import os, random, signal, sys
from pathlib import Path
from app.cache.token_cache import TokenCache
from tests.full_disk import files_no_larger_than

def write_forever(first, pipe):
    cache = TokenCache(Path(sys.argv[1]), 100_000, 1 << 30)
    for n in range(first, first + 1_000_000):
        cache.put(f"key{n}", {"n": n, "padding": "x" * 20_000}, 0.0)
        os.write(pipe, f"{n}\\n".encode())

rng = random.Random(9)
for kill in range(200):
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        write_forever(kill * 1_000_000, writer)
    os.close(writer)
    for _ in range(rng.randrange(4)):
        print(os.read(reader, 4096).decode(), end="")
    for _ in range(rng.randrange(200_000)):
        pass  # to kill it anywhere in its next write
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(reader) as reports:
        print(reports.read(), end="")
"""


@pytest.mark.slow
def test_kill_9_at_200_moments_loses_nothing_that_was_reported_stored(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLER, str(tmp_path)], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    reported = [int(line) for line in done.stdout.split()]
    cache = opened(tmp_path, max_entries=100_000, max_bytes=1 << 30)
    for n in reported:
        value = cache.get(f"key{n}")
        assert value is not None, f"entry {n} was reported stored and is gone"
        assert value["n"] == n
    assert len(reported) > 20, "the writers hardly ran"
    assert cache.stats().set_aside == 0, "a kill may leave a temporary file, never a torn entry"


def run_all(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)


def fill(folder: Path, n_entries: int, value: dict[str, Any]) -> None:
    """Write entries as the cache does, without its fsync."""
    for n in range(n_entries):
        path = file_of(folder, f"key{n}")
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"format": 1, "key": f"key{n}", "cost_s": 1.0, "value": value}))
