"""Two services on one cache folder, as replicas are: nothing is lost, and each sees what the other made."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.fakes import tone
from tests.listening import heard, wav_bytes
from tests.serving import Service, scripted_service

pytestmark = pytest.mark.slow

PATIENCE_S = 60.0
N_TAKES = 8  # of each service


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    one, two = (tmp_path_factory.mktemp(name) for name in ("one", "two"))
    shared = ("--cache-dir", str(tmp_path_factory.mktemp("shared")), "--no-ui", "--go")
    with scripted_service(one, shared) as first, scripted_service(two, shared) as second:
        for service in (first, second):
            service.wait_until("/readyz")
        yield _client(first), _client(second)


def _client(service: Service) -> httpx.Client:
    return httpx.Client(base_url=f"{service.base_url}/v1", timeout=PATIENCE_S)


def bring(replica: httpx.Client, session: str, seconds: float) -> str:
    """The id of a take that is acknowledged."""
    files = {"input_audio_file": ("a.wav", io.BytesIO(wav_bytes(tone(seconds))))}
    answer = replica.post(f"/sessions/{session}/takes", files=files, headers={"Prefer": "wait"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.fixture
def session(replicas: tuple[httpx.Client, httpx.Client]) -> str:
    return str(replicas[0].post("/sessions").json()["id"])


def test_no_take_is_lost_that_either_acknowledged(replicas: tuple[httpx.Client, httpx.Client], session: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda replica: [bring(replica, session, 0.2 + n / 50) for n in range(N_TAKES)], replicas))
    wanted = {take for takes in made for take in takes}
    assert len(wanted) == 2 * N_TAKES
    for replica in replicas:
        known = replica.get(f"/sessions/{session}/takes", params={"limit": 100}).json()["data"]
        assert {take["id"] for take in known} == wanted


def test_a_take_of_one_is_heard_edited_and_undone_at_the_other(
    replicas: tuple[httpx.Client, httpx.Client], session: str
) -> None:
    first, second = replicas
    take = bring(first, session, 0.5)
    assert heard(second.get(f"/sessions/{session}/takes/{take}/audio").content).duration_s == pytest.approx(
        0.5, abs=0.01
    )
    steps = {"steps": [{"task": "speed", "info": "faster"}], "parent": take}
    edited = second.post(f"/sessions/{session}/takes", json=steps, headers={"Prefer": "wait"}).json()["id"]
    assert first.get(f"/sessions/{session}").json()["current"] == edited
    assert first.post(f"/sessions/{session}/undo").status_code == 200
    assert second.get(f"/sessions/{session}").json()["current"] == take


def test_a_voice_that_one_saved_speaks_at_the_other_and_is_gone_at_both(
    replicas: tuple[httpx.Client, httpx.Client],
) -> None:
    first, second = replicas
    files = {"audio_sample": ("a.wav", io.BytesIO(wav_bytes(tone(3.0))))}
    assert first.post("/audio/voices", data={"name": "Ada", "ref_text": "A tone."}, files=files).status_code == 200
    body = {"model": "tts-1", "voice": "Ada", "input": "Hello."}
    assert second.post("/audio/speech", json=body).status_code == 200
    assert second.delete("/audio/voices/Ada").status_code == 200
    assert first.post("/audio/speech", json=body).status_code == 404


def test_a_take_under_way_at_one_is_told_of_at_the_other_until_it_is_kept(
    replicas: tuple[httpx.Client, httpx.Client], session: str
) -> None:
    first, second = replicas
    bring(first, session, 0.5)
    take = first.post(f"/sessions/{session}/takes", json={"steps": [{"task": "clone", "text": "Hello."}]}).json()["id"]
    ends_at = time.monotonic() + PATIENCE_S
    states = []
    while time.monotonic() < ends_at and "done" not in states:
        states.append(second.get(f"/sessions/{session}/takes/{take}").json()["state"])
    assert set(states) <= {"queued", "done"}
    assert states[-1] == "done"


def test_a_cancel_that_reaches_the_other_says_so_and_the_right_one_stops(
    replicas: tuple[httpx.Client, httpx.Client], session: str
) -> None:
    first, second = replicas
    bring(first, session, 0.5)
    steps = {"steps": [{"task": "clone", "text": "forever."}]}
    take = first.post(f"/sessions/{session}/takes", json=steps).json()["id"]
    refused = second.post(f"/sessions/{session}/takes/{take}/cancel")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "take_made_elsewhere")
    assert first.post(f"/sessions/{session}/takes/{take}/cancel").status_code == 200
    assert second.get(f"/sessions/{session}/takes/{take}").json()["state"] == "cancelled"
