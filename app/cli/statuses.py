"""What a command ends with."""

from __future__ import annotations

DONE = 0
FAILED = 1  # it cannot be done here
WRONG_USE = 2  # wrong flags or settings, or what the service refuses as wrong
NOT_NOW = 3  # the service cannot be reached, or has no place: later it may go
SOME_FAILED = 4  # of the files of a folder; the others are done
INTERRUPTED = 130  # from the keyboard, as shells have it

MEANINGS = {
    DONE: "done",
    FAILED: "it cannot be done here (doctor: a check failed)",
    WRONG_USE: "wrong flags, settings or input",
    NOT_NOW: "the service cannot be reached or is busy: try again later",
    SOME_FAILED: "some files of a folder failed, the others are done",
    INTERRUPTED: "stopped from the keyboard",
}


class CommandFailed(Exception):
    """The command ends here; the message says why, `status` is what the process ends with."""

    def __init__(self, message: str, status: int = FAILED) -> None:
        super().__init__(message)
        self.status = status
