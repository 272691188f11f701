"""What a hub lists is read with suspicion: whatever it says, the listing is right or the hub has failed."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from app.engine.facts.downloads import ListUnreadable
from app.engine.parts.hubs import HubFailed, HuggingFace, ModelScope

HASH = "A" * 64
NAMES: tuple[Any, ...] = ("a\x00b", "../a", "/a", "a\\b", "", ".", "a" * 300, "\ud800", 5, None, [])


def client(answer: Any) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=json.dumps(answer))))


def of_huggingface(name: Any = "a.bin", size: Any = 3, sha256: Any = HASH) -> dict[str, Any]:
    return {"sha": "1", "siblings": [{"rfilename": name, "lfs": {"size": size, "sha256": sha256}}]}


def of_modelscope(name: Any = "a.bin", size: Any = 3, sha256: Any = HASH, date: Any = 0) -> dict[str, Any]:
    row = {"Path": name, "Type": "blob", "Size": size, "Sha256": sha256, "CommittedDate": date}
    return {"Data": {"Files": [row]}}


def test_what_is_well_listed_is_read():
    (file,) = HuggingFace("http://hub").listing(client(of_huggingface()), "a/b").files
    assert (file.name, file.size_bytes, file.sha256) == ("a.bin", 3, HASH.lower())
    (file,) = ModelScope("http://hub").listing(client(of_modelscope()), "a/b").files
    assert (file.name, file.size_bytes, file.sha256, file.date) == ("a.bin", 3, HASH.lower(), "1970-01-01")


@pytest.mark.parametrize(
    "answer",
    [
        *(of_huggingface(name) for name in NAMES),
        *(of_huggingface(size=size) for size in (-1, None, "x", 1e400)),
        of_huggingface(sha256=5),
        {"sha": "1", "siblings": [{"rfilename": "a", "lfs": "x"}]},
        {"sha": "1", "siblings": {"a": 1}},
        [],
        None,
    ],
)
def test_an_odd_list_of_hugging_face_is_a_failure_of_the_hub(answer: Any):
    with pytest.raises(HubFailed) as failed:
        HuggingFace("http://hub").listing(client(answer), "a/b")
    assert failed.value.reason == ListUnreadable("a/b")


@pytest.mark.parametrize(
    "answer",
    [
        *(of_modelscope(name) for name in NAMES),
        *(of_modelscope(size=size) for size in (-1, None, "x")),
        of_modelscope(sha256=5),
        of_modelscope(date=10**30),
        {"Data": {"Files": [None]}},
        {"Data": []},
    ],
)
def test_an_odd_list_of_modelscope_is_a_failure_of_the_hub(answer: Any):
    with pytest.raises(HubFailed) as failed:
        ModelScope("http://hub").listing(client(answer), "a/b")
    assert failed.value.reason == ListUnreadable("a/b")
