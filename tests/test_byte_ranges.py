"""Parts of a file, as players ask for them."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from app.byte_ranges import whole_or_part

DATA = bytes(range(100))


def asked(range_: str, **headers: str):
    return whole_or_part(DATA, "audio/wav", Headers({"range": range_, **headers}), {"cache-control": "no-cache"})


@pytest.mark.parametrize(
    ("range_", "first", "last"),
    [
        ("bytes=0-1", 0, 1),
        ("bytes=0-", 0, 99),
        ("bytes=10-10", 10, 10),
        ("bytes=90-1000", 90, 99),
        ("bytes=-5", 95, 99),
        ("bytes=-1000", 0, 99),
    ],
)
def test_a_range_is_answered_with_its_bytes(range_: str, first: int, last: int):
    answer = asked(range_)
    assert (answer.status_code, answer.body) == (206, DATA[first : last + 1])
    assert answer.headers["content-range"] == f"bytes {first}-{last}/100"
    assert answer.headers["content-length"] == str(last + 1 - first)
    assert (answer.headers["accept-ranges"], answer.headers["cache-control"]) == ("bytes", "no-cache")


@pytest.mark.parametrize("range_", ["bytes=100-", "bytes=200-300", "bytes=-0"])
def test_a_range_outside_the_file_is_416(range_: str):
    answer = asked(range_)
    assert (answer.status_code, answer.body, answer.headers["content-range"]) == (416, b"", "bytes */100")


@pytest.mark.parametrize(
    "range_", ["", "bytes=", "bytes=-", "bytes=5-4", "lines=1-2", "bytes=0-1,5-6", "bytes=" + "9" * 99 + "-"]
)
def test_what_is_no_single_range_gets_the_whole_file(range_: str):
    answer = asked(range_)
    assert (answer.status_code, answer.body, answer.headers["content-type"]) == (200, DATA, "audio/wav")


def test_a_part_of_another_file_than_before_is_not_sent():
    etag = asked("").headers["etag"]
    assert asked("bytes=0-1", **{"if-range": etag}).status_code == 206
    assert asked("bytes=0-1", **{"if-range": '"old"'}).status_code == 200
