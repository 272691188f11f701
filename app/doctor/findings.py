"""What a check found: its level, what it is about, what was seen, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

LEVEL_WIDTH, SUBJECT_WIDTH = 6, 26  # columns of the table


class Level(Enum):
    """How bad it is. Only `FAIL` keeps the service from doing what it is asked for."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of the table. `advice` says what to do; a finding that passes may have none."""

    level: Level
    subject: str
    seen: str
    advice: str = ""


def passed(subject: str, seen: str, advice: str = "") -> Finding:
    """A check that found all well."""
    return Finding(Level.PASS, subject, seen, advice)


def warned(subject: str, seen: str, advice: str) -> Finding:
    """A check that found something a person should know."""
    return Finding(Level.WARN, subject, seen, advice)


def failed(subject: str, seen: str, advice: str) -> Finding:
    """A check that found why something cannot work."""
    return Finding(Level.FAIL, subject, seen, advice)


def row(finding: Finding) -> str:
    """The finding as lines of the table; what to do stands below what was seen."""
    return "\n".join(_lines(finding))


def gigabytes(n_bytes: int) -> str:
    """An amount of memory or disk, as people read it."""
    return f"{n_bytes / 1e9:.1f} GB"


def summary(findings: Sequence[Finding]) -> str:
    """The last line: how many checks ended how."""
    counts = {level: sum(finding.level is level for finding in findings) for level in Level}
    return f"{counts[Level.PASS]} passed, {counts[Level.WARN]} warnings, {counts[Level.FAIL]} failed"


def _lines(finding: Finding) -> Iterator[str]:
    first, *more = finding.seen.splitlines() or [""]
    indent = " " * (LEVEL_WIDTH + SUBJECT_WIDTH)
    yield f"{finding.level.value:<{LEVEL_WIDTH}}{finding.subject:<{SUBJECT_WIDTH}}{first}"
    yield from (indent + line for line in more)
    yield from (f"{indent}> {line}" for line in finding.advice.splitlines())
