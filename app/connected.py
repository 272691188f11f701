"""Work that is done for a client, as long as the client waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive

from app.engine.errors import Cancelled
from app.engine.job import JobControl

T = TypeVar("T")


class ClientGone(Cancelled):
    """Nobody waits for the answer any more."""


async def while_connected(receive: Receive, control: JobControl, work: Coroutine[Any, Any, T]) -> T:
    """Do the work as long as the client waits for it. Raises ClientGone, having stopped job and work, if it leaves.

    The request's body must have been read: what `receive` still has to say is then only that the client left.
    """
    task = asyncio.create_task(work)
    gone = asyncio.create_task(_until_gone(receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        has_left = not task.done()
        if has_left:
            control.cancel()
    finally:
        task.cancel()
        gone.cancel()
        await asyncio.wait({task, gone})
    if has_left:
        raise ClientGone
    return task.result()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
