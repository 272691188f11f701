"""What the log may hold."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest

from app.logs import FORMAT, OneLine, RecentLines


def test_a_path_from_outside_cannot_write_a_log_line_of_its_own() -> None:
    path = "/v1/x\n2026-01-01 INFO app.main: all is well\r\x1b[2J\u2028好"
    record = logging.LogRecord("app.logs", logging.INFO, "logs.py", 1, "path=%s", (path,), None)
    line = OneLine(FORMAT).format(record)
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line
    assert "/v1/x\\x0a2026" in line
    assert line.endswith("好")


# ---- the last lines, for the page ---------------------------------------------------------------------------------


@pytest.fixture
def recent() -> Iterator[RecentLines]:
    """Keeps the last five lines of the logger `app.test`."""
    lines, logger = RecentLines(max_lines=5), logging.getLogger("app.test")
    logger.addHandler(lines)
    yield lines
    logger.removeHandler(lines)


def said(lines: list[dict[str, str]]) -> list[str]:
    return [line["text"].removeprefix("app.test: ") for line in lines]


def test_a_line_has_its_time_level_and_text(recent: RecentLines) -> None:
    logging.getLogger("app.test").warning("%d of %s", 3, "four")
    last, lines = recent.after(0)
    assert last == 1
    assert [(line["level"], line["text"]) for line in lines] == [("warning", "app.test: 3 of four")]
    assert re.fullmatch(r"\d\d:\d\d:\d\d", lines[0]["time"])


def test_only_the_last_lines_are_kept_and_their_numbers_go_on(recent: RecentLines) -> None:
    for n in range(1, 9):
        logging.getLogger("app.test").warning("line %d", n)
    last, lines = recent.after(0)
    assert last == 8
    assert said(lines) == ["line 4", "line 5", "line 6", "line 7", "line 8"]


def test_who_has_seen_a_line_gets_only_what_came_after(recent: RecentLines) -> None:
    for n in range(1, 5):
        logging.getLogger("app.test").warning("line %d", n)
    assert said(recent.after(2)[1]) == ["line 3", "line 4"]
    assert recent.after(4) == (4, [])


def test_who_has_seen_more_than_there_is_gets_all(recent: RecentLines) -> None:
    # The service began anew, and its numbers with it.
    assert recent.after(900) == (0, [])
    logging.getLogger("app.test").warning("I am back")
    last, lines = recent.after(900)
    assert (last, said(lines)) == (1, ["I am back"])


def test_the_page_sees_no_traceback_but_the_log_proper_does(
    recent: RecentLines, caplog: pytest.LogCaptureFixture
) -> None:
    try:
        raise ZeroDivisionError("a secret")
    except ZeroDivisionError:
        logging.getLogger("app.test").exception("the job failed", stack_info=True)
    assert said(recent.after(0)[1]) == ["the job failed"]
    assert "a secret" in caplog.text


def test_a_long_message_is_cut():
    record = logging.LogRecord("app", logging.INFO, "file", 1, "path=%s", ("/v1/" + "a" * 60_000,), None)
    line = OneLine(FORMAT).format(record)
    assert len(line) < 2100
    assert line.endswith("characters)")


def test_a_line_in_the_page_is_one_line(recent: RecentLines) -> None:
    logging.getLogger("app.test").warning("one\nERROR two\x1b[2J")
    assert said(recent.after(0)[1]) == ["one\\x0aERROR two\\x1b[2J"]


def test_a_line_that_cannot_be_written_does_not_stop_the_work(
    recent: RecentLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)  # how the service may run; else it is told on stderr
    logger = logging.getLogger("app.test")
    monkeypatch.setattr(logger, "propagate", False)  # pytest's own handler does stop it
    logger.warning("%d", "no number")
    logger.warning("the next")
    assert said(recent.after(0)[1]) == ["the next"]
