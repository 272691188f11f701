"""What a person at a terminal sees meanwhile: which file, of how many, and for how long. In pipes nothing."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

EVERY_S = 0.5
WIDTH = 24  # of the bar


@contextmanager
def shown(label: str, n_done: int = 0, n_all: int = 1) -> Iterator[None]:
    """Show a line until the work inside is over."""
    if not sys.stderr.isatty():
        yield
        return
    is_over = threading.Event()
    thread = threading.Thread(target=_draw, args=(label, n_done, n_all, is_over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _draw(label: str, n_done: int, n_all: int, is_over: threading.Event) -> None:
    began = time.monotonic()
    while True:
        sys.stderr.write(f"\r\x1b[K{line(label, n_done, n_all, time.monotonic() - began)}")
        sys.stderr.flush()
        if is_over.wait(EVERY_S):
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            return


def line(label: str, n_done: int, n_all: int, seconds: float) -> str:
    """One line; with a bar where there are several."""
    if n_all == 1:
        return f"{label}  {seconds:.0f} s"
    filled = WIDTH * n_done // n_all
    return f"[{'#' * filled}{'.' * (WIDTH - filled)}] {n_done}/{n_all}  {label}  {seconds:.0f} s"
