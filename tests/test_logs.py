"""What the log may hold."""

from __future__ import annotations

import logging

from app.logs import FORMAT, OneLine


def test_a_path_from_outside_cannot_write_a_log_line_of_its_own() -> None:
    path = "/v1/x\n2026-01-01 INFO app.main: all is well\r\x1b[2J\u2028好"
    record = logging.LogRecord("app.logs", logging.INFO, "logs.py", 1, "path=%s", (path,), None)
    line = OneLine(FORMAT).format(record)
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line
    assert "/v1/x\\x0a2026" in line
    assert line.endswith("好")
