"""All that leans on how Gradio is made inside; `tests/ui/test_gradio_edges.py` names what an upgrade breaks.

More edges lie where they must and are known to that test: `static/gradio.css` styles Gradio's own class names,
`static/*.js` find its text fields and tabs, `shell.py` puts our head before the end of the document's, and
`lean_gradio.py` has Gradio imported without stubs and pandas.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.ui.event_values import Unfit, held, is_plain
from app.ui.lean_gradio import lean

with lean():
    import gradio as gr
    from gradio.data_classes import PredictBodyInternal
    from gradio.queueing import Queue
    from gradio.server_messages import CloseStreamMessage, EventMessage, ProcessCompletedMessage
    from gradio.utils import LRUCache

FRONTEND = Path(gr.__file__).parent / "templates" / "frontend"

API = "/gradio_api"
EVENTS = tuple(
    f"{API}/{route}" for route in ("queue/join", "queue/data", "startup-events", "heartbeat/", "cancel", "reset")
)
NOT_OURS = ("/monitoring", "/svelte/", "/login", "/logout", "/manifest.json", "/pwa_icon")

NAME_MAX = 255  # bytes of a file's name, wherever this runs
REFUSALS = {404: 404, 405: 405, 422: 400}  # of Gradio: ours, which get the application's shape
MAX_EVENT_BYTES = 1024 * 1024  # a recipe is the longest text
MAX_EVENT_VALUES = 1000
MAX_READERS = 2000  # as Gradio has it
MAX_ANSWERS_KEPT = 200  # the last of each reader, which may have been lost on its way
LOOK_S = 1.0  # how often events are looked through for those that nobody waits for
EVENT_OF_TASK = "<gradio-sep>"  # stands before an event's id in the name of its task

# Each script is a function of static/main.js; it may be asked for before that module has loaded. Gradio hands
# `element`, `trigger`, `watch` and `props` to what runs on load.
_CONNECT = "editx.ready.then((scripts) => scripts.{script}({{ element, trigger, watch, props }}));"


def queue_events(blocks: gr.Blocks, is_there: Callable[[Mapping[str, str]], bool]) -> AttendedQueue:
    """Let all events of the blocks run at once, each while somebody waits for it; `is_there` judges cookies."""
    blocks._queue = queue = AttendedQueue(blocks, is_there)
    return queue


class News(LRUCache[str, Any]):
    """What is to be told to each reader. Gradio deletes that of one who leaves, though it may be gone already."""

    def __delitem__(self, reader: str) -> None:
        """As Gradio calls it."""
        if reader in self:
            super().__delitem__(reader)


class AttendedQueue(Queue):
    """Gradio's queue, which also ends the events that nobody waits for.

    By itself Gradio lets an event whose reader has left run until it has news again, and one whose news were never
    asked for to its end.
    """

    def __init__(self, blocks: gr.Blocks, is_there: Callable[[Mapping[str, str]], bool]) -> None:
        super().__init__(
            live_updates=True,
            concurrency_count=blocks.max_threads,
            update_intervals=1,
            max_size=None,
            blocks=blocks,
            default_concurrency_limit=None,
        )
        self.ANALYTICS_MAX_EVENTS = 0  # nobody looks at them, and each event would make a table of all before it
        self.pending_messages_per_session = News(MAX_READERS)
        self._told: LRUCache[str, tuple[int, bytes]] = LRUCache(MAX_ANSWERS_KEPT)
        self._is_there = is_there
        self._looking: asyncio.Task[None] | None = None

    async def push(self, body: PredictBodyInternal, request: Request, username: str | None) -> Any:
        """As Gradio calls it: take an event. Gradio alone answers 500 to one that does not exist, and prints where one
        with other values failed than its components hold.
        """
        event = self.blocks.fns.get(body.fn_index) if body.fn_index is not None else None
        if event is None or event.fn is None or len(body.data) != len(event.inputs):
            return False, "There is no such event with so many values.", "error"
        if not is_plain(body.event_data):
            return False, "What came with the event is not what its scripts send.", "error"
        try:
            body.data = [held(component, value) for component, value in zip(event.inputs, body.data, strict=True)]
        except Unfit:
            return False, "The event's values are not those of its components.", "error"
        pushed = await super().push(body, request, username)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_after())
        return pushed

    async def clean_events(self, *, session_hash: str | None = None, event_id: str | None = None) -> None:
        """As Gradio calls it: end the events of a reader who has left, or one of them. Those under way stop at once."""
        under_way = [event for events in self.active_jobs for event in events or () if event.alive]
        ended = {event._id for event in under_way if event.session_hash == session_hash or event._id == event_id}
        for task in self._asyncio_tasks:
            if task.get_name().rpartition(EVENT_OF_TASK)[2] in ended:
                task.cancel()
        await super().clean_events(session_hash=session_hash, event_id=event_id)

    def news(self, reader: str, after: int = 0) -> tuple[int, bytes] | None:
        """What is to be told to a reader now, as Gradio's stream of events tells it, with its number; None where there
        is no such reader. Gradio itself holds a connection open for them, of which a browser has six.

        `after` is the number of the last answer that reached the reader: one that was lost is told again.
        """
        messages = self.pending_messages_per_session.get(reader)
        if messages is None:
            return None
        waiting = self.pending_event_ids_session.get(reader, set())
        number, told = self._told.get(reader, (after, b""))
        if number <= after:
            new: list[EventMessage] = []
            while not messages.empty():
                new.append(messages.get_nowait())
                if isinstance(new[-1], ProcessCompletedMessage):
                    waiting.discard(new[-1].event_id or "")
            number, told = after + bool(new), _streamed(new)
            self._told[reader] = number, told
        is_over = not waiting and messages.empty()  # as things are now, whenever it was told
        return number, told + (_streamed([CloseStreamMessage()]) if is_over else b"")

    async def leave(self, reader: str) -> None:
        """End what a reader waits for, who has left."""
        await self.clean_events(session_hash=reader)
        self.pending_messages_per_session.pop(reader, None)
        self._told.pop(reader, None)

    async def _look_after(self) -> None:
        while self.event_ids_to_events:
            await asyncio.sleep(LOOK_S)
            for event in list(self.event_ids_to_events.values()):
                if event.alive and not self._is_there(event.request.cookies):
                    await self.clean_events(event_id=event._id)
                    self.pending_messages_per_session.pop(event.session_hash, None)


def _streamed(messages: list[EventMessage]) -> bytes:
    return b"".join(b"data: " + orjson.dumps(message.model_dump(), default=str) + b"\n\n" for message in messages)


def mount(app: FastAPI, blocks: gr.Blocks, *, theme: gr.themes.Base, i18n: gr.I18n, max_upload_bytes: int) -> None:
    """Serve the blocks at `/`, without Gradio's footer, its Node server and its own limits."""
    for function in blocks.fns.values():
        function.api_visibility = "private"  # events of the page, and nothing that a client may call
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        theme=theme,
        i18n=i18n,
        footer_links=[],
        show_error=True,
        max_file_size=max_upload_bytes,
        ssr_mode=False,
    )
    mounted = next(route for route in reversed(app.routes) if isinstance(route, Mount))
    inner: Any = mounted.app
    inner.add_exception_handler(RequestValidationError, _refuse_body)
    mounted.app = OwnRoutes(inner)


def _refuse_body(_request: Request, _error: Exception) -> Response:
    """FastAPI writes what it was sent into its refusal, and fails where that is no text."""
    return Response(status_code=422)


class OwnRoutes:
    """Lets through what the page's front end asks of Gradio, and leaves the rest to the application's refusals.

    Gradio also takes any number of uploads, runs functions by name, sends files and fetches addresses. What it has no
    route for is refused by the application, too: clients that leave out the `/v1` get an error in its shape.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Raises HTTPException."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if not _is_asked_for(scope["path"]):
            raise HTTPException(404)
        if scope["method"] == "POST" and scope["path"].startswith(EVENTS):
            receive = _read_already(await _event(scope, receive), receive)
        refused: int | None = None
        is_begun = False

        async def send_found(message: Message) -> None:
            nonlocal refused, is_begun
            if message["type"] == "http.response.start" and message["status"] in REFUSALS:
                refused = REFUSALS[message["status"]]
            if refused is None:
                is_begun = True
                await send(message)

        try:
            await self._app(scope, receive, send_found)
        except (HTTPException, RuntimeError) as failure:
            if not is_begun or not isinstance(failure.__cause__ or failure, HTTPException):
                raise
            await send({"type": "http.response.body", "body": b""})  # the stream has said that there is no such session
        if refused is not None:
            raise HTTPException(refused)


async def _event(scope: Scope, receive: Receive) -> bytes:
    """The body of an event. Gradio reads and parses any, on the event loop. Raises HTTPException, ClientDisconnect."""
    declared = Headers(scope=scope).get("content-length", "")
    body = bytearray()
    is_more = not declared.isdecimal() or int(declared) <= MAX_EVENT_BYTES
    if not is_more:
        raise HTTPException(413)
    while is_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        is_more = message.get("more_body", False)
        if len(body) > MAX_EVENT_BYTES:
            raise HTTPException(413)
    try:
        n_values = sum(1 for _ in islice(_values(orjson.loads(body)), MAX_EVENT_VALUES + 1))
    except (orjson.JSONDecodeError, RecursionError):
        raise HTTPException(400) from None
    if n_values > MAX_EVENT_VALUES:
        raise HTTPException(413)
    return bytes(body)


def _values(value: Any) -> Iterator[Any]:
    """A value of a document, and all within it."""
    yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _values(inner)


def _read_already(body: bytes, receive: Receive) -> Receive:
    """What gives a body that was read, and then what else comes: that the client leaves."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return messages.pop() if messages else await receive()

    return next_message


def _is_asked_for(path: str) -> bool:
    if any(len(os.fsencode(name)) > NAME_MAX for name in path.split("/")):
        return False  # Gradio asks the file system, which does not answer to such names
    if path.startswith(f"{API}/"):
        return path.startswith(EVENTS)
    return not path.startswith(NOT_OURS)


def core_script(frontend: Path = FRONTEND) -> str | None:
    """Address of the script that holds `changeLocale`, which changes the language without loading the page anew.

    None where Gradio has no such script: the page then loads itself anew.
    """
    for path in sorted((frontend / "assets").glob("core-*.js")):
        if "changeLocale" in path.read_text(encoding="utf-8"):
            return f"./assets/{path.name}"
    return None


def on_load(script: str, events: str) -> str:
    """What a panel of our own markup runs when it is shown: connect a script, and name the events it may trigger."""
    named = "".join(f"'{event}';" for event in events.split())  # Gradio finds custom events by their names in here
    return named + (_CONNECT.format(script=script) if script else "")
