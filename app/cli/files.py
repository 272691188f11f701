"""Which files a command reads and writes: one, standard input and output, or a folder that can be gone on with."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from app.cli.client import tell
from app.cli.commands import STANDARD
from app.cli.progress import shown
from app.cli.statuses import DONE, NOT_NOW, SOME_FAILED, WRONG_USE, CommandFailed
from app.files import make_folder, replacing

SOUNDS = frozenset(
    (".aac", ".aiff", ".flac", ".m4a", ".mp3", ".mp4", ".mpeg", ".mpga", ".oga", ".ogg", ".opus", ".wav", ".webm")
)
TEXTS = frozenset((".txt", ".md"))


@dataclass(frozen=True, slots=True)
class Work:
    """One thing to do. None stands for standard input and output."""

    source: Path | None
    target: Path | None
    is_of_folder: bool = False  # and so left alone where it is done, and told of where it fails

    @property
    def name(self) -> str:
        """For people."""
        return "standard input" if self.source is None else self.source.name

    def read(self) -> bytes:
        """What is in it. Raises CommandFailed."""
        try:
            return sys.stdin.buffer.read() if self.source is None else self.source.read_bytes()
        except OSError as fault:
            raise CommandFailed(f"{self.name} cannot be read: {fault.strerror}", WRONG_USE) from None

    @contextmanager
    def writing(self) -> Iterator[IO[bytes]]:
        """Where the result goes; a file appears whole or not at all. Raises CommandFailed."""
        if self.target is None:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
            return
        try:
            make_folder(self.target.parent)
            with replacing(self.target) as draft, draft.open("wb") as file:
                yield file
                file.flush()
        except OSError as fault:
            raise CommandFailed(f"{self.target} cannot be written: {fault.strerror}") from None


def works(source: str | Path | None, output: str, kinds: frozenset[str], suffix: str) -> list[Work]:
    """What there is to do for a file, standard input (None or `-`) or a folder of files of these kinds.

    Results of a folder take `suffix` and the places of their sources, in the folder `output`; what lies in that is no
    source. Raises CommandFailed.
    """
    if source is None or str(source) == STANDARD:
        return [Work(None, _target(output))]
    path = Path(source)
    if not path.is_dir():
        return [Work(path, _target(output))]
    if output == STANDARD:
        raise CommandFailed("-o: of a folder, name the folder to write into", WRONG_USE)
    found = sorted(file for file in path.rglob("*") if file.suffix.lower() in kinds and file.is_file())
    if suffix in kinds:  # else no result is ever taken for a source
        found = _outside(found, path, Path(output))
    if not found:
        raise CommandFailed(f"{path} holds none of {', '.join(sorted(kinds))}", WRONG_USE)
    targets = _targets([file.relative_to(path) for file in found], suffix)
    todo = [Work(file, Path(output) / target, is_of_folder=True) for file, target in zip(found, targets, strict=True)]
    if taken := {file.resolve() for file in found} & {work.target.resolve() for work in todo if work.target}:
        raise CommandFailed(f"-o: results would take the place of {min(taken)}; name another folder", WRONG_USE)
    return todo


def _outside(found: list[Path], source: Path, output: Path) -> list[Path]:
    """Without the results of an earlier run."""
    if source.resolve() == output.resolve():
        raise CommandFailed("-o: name another folder than that of the recordings", WRONG_USE)
    if not output.resolve().is_relative_to(source.resolve()):
        return found
    return [file for file in found if not file.resolve().is_relative_to(output.resolve())]


def _targets(names: list[Path], suffix: str) -> list[Path]:
    """Where results go in their folder: two that would have one name keep the endings of their sources."""
    n_of = Counter(name.with_suffix(suffix) for name in names)
    targets = [
        name.with_suffix(suffix) if n_of[name.with_suffix(suffix)] == 1 else name.with_name(f"{name.name}{suffix}")
        for name in names
    ]
    if double := [str(target) for target, n in Counter(targets).items() if n > 1]:
        raise CommandFailed(f"several sources would be written to {double[0]}; rename one", WRONG_USE)
    return targets


def format_of(asked: str | None, output: str, source: str | Path | None, default: str) -> str:
    """The format to ask for: the one named, else by the name of the file to write."""
    is_folder = source is not None and Path(source).is_dir()
    by_name = "" if output == STANDARD or is_folder else Path(output).suffix.removeprefix(".").lower()
    return asked or by_name or default


def each(todo: list[Work], do: Callable[[Work], dict[str, Any]], *, again: bool, as_json: bool) -> int:
    """Do it all; `do` gives what is told of one as JSON. Returns the exit status.

    One of a folder that fails is told of, the others are done. A service that is gone ends it: the next run goes on.
    """
    n_failed = 0
    for n_done, work in enumerate(todo):
        if work.is_of_folder and not again and work.target is not None and work.target.exists():
            _print(as_json, {"source": work.name, "output": str(work.target), "skipped": True})
            continue
        try:
            with shown(work.name, n_done, len(todo)):
                row = do(work)
        except CommandFailed as failed:
            if not work.is_of_folder or failed.status == NOT_NOW:
                raise
            n_failed += 1
            tell(f"{work.source}: {failed}")
            _print(as_json, {"source": str(work.source), "error": str(failed)})
            continue
        for warning in row.get("warnings", []):
            tell(f"{work.name}: {warning}" if len(todo) > 1 else warning)
        where = {"source": str(work.source) if work.source else None, "output": str(work.target or STANDARD)}
        _print(as_json, where | row)
    return SOME_FAILED if n_failed else DONE


def require_no_terminal(todo: list[Work], as_json: bool) -> None:
    """Raise CommandFailed where sound would go to a terminal, or into the midst of JSON."""
    if any(work.target is None for work in todo):
        if as_json:
            raise CommandFailed(
                "--json: standard output takes either the sound or the JSON; name a file with -o", WRONG_USE
            )
        if sys.stdout.isatty():
            raise CommandFailed("-o -: standard output is a terminal; name a file, or pipe it on", WRONG_USE)


def print_json(value: Any) -> None:
    """One line of standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _print(as_json: bool, row: dict[str, Any]) -> None:
    if as_json:
        print_json(row)


def _target(output: str) -> Path | None:
    return None if output == STANDARD else Path(output)
