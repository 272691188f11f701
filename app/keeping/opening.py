"""Before a process uses a cache folder: a restore is ended, and what an earlier program wrote is carried forward."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from app.files import in_use, locked
from app.keeping.faults import CannotKeep
from app.keeping.restoring import JOURNAL, finish
from app.keeping.stores import LOCK, carry_forward, versions_of

logger = logging.getLogger(__name__)


@contextmanager
def opened(cache_dir: Path) -> Iterator[None]:
    """Use the folder until the block ends. Raises CannotKeep for what a newer program wrote, and for half a restore.

    A disk that takes nothing is told of in the log: what lies there can be read all the same, if it is whole.
    """
    with ExitStack() as use:
        try:
            use.enter_context(in_use(cache_dir))
            with locked(cache_dir / LOCK):
                finish(cache_dir)
        except OSError as fault:
            if (cache_dir / JOURNAL).exists():
                raise CannotKeep("half_restored", folder=str(cache_dir), reason=fault.strerror or "") from None
            logger.warning("the cache folder cannot be written: %s", fault.strerror)
            versions_of(cache_dir)
        else:
            carry_forward(cache_dir)
        yield
