"""A take that was acknowledged, and its process killed before it was made: the next start makes it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.serving import scripted_service
from tests.waiting import wait_until

pytestmark = pytest.mark.slow


def test_what_was_acknowledged_is_made_by_the_next_start(tmp_path: Path):
    with scripted_service(tmp_path) as service:
        service.wait_until("/readyz")
        with httpx.Client(base_url=service.base_url, timeout=10) as http:
            at = http.post("/v1/sessions").headers["location"]
            voice = http.post(f"{at}/takes", json={"voice": "alloy"}).json()
            steps = [
                {"task": "clone", "text": "wait", "seed": 4, "check": {"retries": 0}},
                {"task": "emotion", "info": "happy"},
            ]
            takes = [http.post(f"{at}/takes", json={"steps": steps}).json()]
            takes.append(http.post(f"{at}/takes", json={"steps": [{"task": "vad"}]}).json())
            wait_until(lambda: http.get(f"{at}/takes/{takes[0]['id']}").json()["state"] == "running", "it to begin")
            service.process.kill()
            service.process.wait(10)
    with scripted_service(tmp_path, ["--go"]) as service:
        service.wait_until("/readyz")
        with httpx.Client(base_url=service.base_url, timeout=10) as http:

            def made() -> list[dict[str, object]]:
                rows: list[dict[str, object]] = http.get(f"{at}/takes").json()["data"]
                return rows

            wait_until(lambda: {row["state"] for row in made()} == {"done"}, "the takes to be made")
            assert [row["id"] for row in made()] == [voice["id"], *(take["id"] for take in takes)]
            assert made()[1]["steps"] == takes[0]["steps"]
            assert made()[1]["scores"]["verdict"] == "missed"  # the fakes hear other words
            assert http.get(f"{at}/takes/{takes[1]['id']}/audio").status_code == 200
            assert http.post(f"{at}/undo").json()["takes"] == 2
