"""The doctor: checks everything a service needs on this machine, and says in a table what to do.

`python -m app.main doctor` prints each row as soon as it is known. It knows what is checked where, and nothing of how.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.doctor.findings import Finding, Level, row, summary
from app.settings import Settings

if TYPE_CHECKING:
    from app.engine.parts.parts import Parts

Say = Callable[[str], None]


def examine(settings: Settings, parts: Parts, say: Say) -> bool:
    """Run all checks, the quick ones first, and say what was found. True if none failed."""
    findings = asyncio.run(_examined(settings, parts, say))
    say(summary(findings))
    return not any(finding.level is Level.FAIL for finding in findings)


async def _examined(settings: Settings, parts: Parts, say: Say) -> list[Finding]:
    from app.doctor.machine import machine_findings
    from app.doctor.packages import package_findings
    from app.doctor.trial import trial_findings
    from app.doctor.weights import weight_findings

    findings: list[Finding] = []

    def tell(finding: Finding) -> None:
        findings.append(finding)
        say(row(finding))

    for check in (package_findings(), machine_findings(settings), weight_findings(settings, parts)):
        for finding in check:
            tell(finding)
    async for finding in trial_findings(settings, parts):
        tell(finding)
    return findings
