"""What commands ask the API through: a running service's, or that of an engine of their own."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import unquote

import httpx

from app.cli.asked import Asked
from app.cli.progress import shown
from app.cli.statuses import FAILED, NOT_NOW, WRONG_USE, CommandFailed
from app.settings import flag_of

CONNECT_S, BEYOND_JOB_S = 10.0, 60.0  # to reach a service; what an answer may take beyond the job's own limit
TRIES, LONGEST_WAIT_S = 6, 30.0  # where the service says that it is busy
OF_CLIENT = ("api_keys", "log_level", "job_timeout_s")  # settings that a command reads itself
BUSY = (429, 503)
LAST_PORT = 65_535


class Client:
    """Sends requests, waits where the service is busy, and turns refusals into CommandFailed. Thread-safe."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def get(self, path: str, **params: str) -> httpx.Response:
        """The whole answer of a route that is read."""
        return self._whole("GET", path, params=params)

    def post(self, path: str, **parts: Any) -> httpx.Response:
        """The whole answer to a body (`json`, or `data` and `files`)."""
        return self._whole("POST", path, **parts)

    def delete(self, path: str) -> httpx.Response:
        """The whole answer to a deletion."""
        return self._whole("DELETE", path)

    @contextmanager
    def streamed(self, path: str, **parts: Any) -> Iterator[httpx.Response]:
        """An answer whose bytes are read as they come."""
        with _reached(), self._http.stream("POST", path, **parts) as answer:
            if not _is_ours(answer):
                answer.read()
            _require_done(answer)
            yield answer

    def _whole(self, method: str, path: str, **parts: Any) -> httpx.Response:
        for tries_left in reversed(range(TRIES)):
            with _reached():
                answer = self._http.request(method, path, **parts)
            if not _is_busy(answer) or not tries_left:
                break
            time.sleep(min(LONGEST_WAIT_S, float(answer.headers["retry-after"])))
        _require_done(answer)
        return answer


@contextmanager
def opened(asked: Asked) -> Iterator[Client]:
    """The client of a command. Raises CommandFailed."""
    timeout = httpx.Timeout(asked.settings.job_timeout_s + BEYOND_JOB_S, connect=CONNECT_S)
    if asked.options.server is None:
        from app.cli.local import local_service

        with ExitStack() as stack:
            with shown("loading the engine"):
                transport = stack.enter_context(local_service(asked.settings))
            http = httpx.Client(transport=transport, base_url="http://editx/v1", timeout=timeout)
            yield Client(stack.enter_context(http))
        return
    if unused := [flag_of(name) for name in asked.flags if name not in OF_CLIENT]:
        raise CommandFailed(f"{', '.join(unused)}: without effect on a running service (--server)", WRONG_USE)
    keys = asked.settings.api_keys
    headers = {"authorization": f"Bearer {keys[0]}"} if keys else {}
    with httpx.Client(base_url=_base(asked.options.server), headers=headers, timeout=timeout) as http:
        yield Client(http)


def json_of(answer: httpx.Response, needed: str) -> dict[str, Any]:
    """The object that was answered, which has the field `needed`. Raises CommandFailed where it is no such thing."""
    try:
        row = answer.json()
    except ValueError:
        row = None
    if not isinstance(row, dict) or needed not in row:
        raise CommandFailed("the service answers with something else than EditX does: is it EditX?")
    return row


def warnings_of(answer: httpx.Response) -> list[str]:
    """What should be known about a result."""
    return [unquote(text) for text in answer.headers.get_list("x-warning")]


def tell(text: str) -> None:
    """Say something beside the results."""
    sys.stderr.write(f"editx: {text}\n")


def _base(server: str) -> str:
    address = server.rstrip("/").removesuffix("/v1")
    try:
        url = httpx.URL(address)
        is_one = url.scheme in ("http", "https") and bool(url.host) and (url.port or 80) <= LAST_PORT
    except httpx.InvalidURL:
        is_one = False
    if not is_one:
        raise CommandFailed(f"--server: '{server}' is no address such as http://localhost:7860", WRONG_USE)
    return f"{address}/v1"


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException:
        raise CommandFailed("the service does not answer in time", NOT_NOW) from None
    except (httpx.TransportError, UnicodeError) as fault:  # the latter: a name that no host can have
        raise CommandFailed(f"the service cannot be reached: {fault}", NOT_NOW) from None
    except httpx.DecodingError:
        raise CommandFailed("the answer of the service cannot be read: is it EditX?") from None


def _is_busy(answer: httpx.Response) -> bool:
    """Whether the same may be asked again later: the service says when."""
    return answer.status_code in BUSY and answer.headers.get("retry-after", "").isdigit()


def _is_ours(answer: httpx.Response) -> bool:
    """Whether it is what was asked for: a redirection and a page are nothing of the API's."""
    return answer.is_success and not answer.headers.get("content-type", "").startswith("text/html")


def _require_done(answer: httpx.Response) -> None:
    """Raise CommandFailed for what the service refused, in its own words."""
    if _is_ours(answer):
        return
    if answer.has_redirect_location:
        raise CommandFailed(f"--server: the service is at {answer.headers['location']}", WRONG_USE)
    try:
        message = str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        message = f"the service answers with status {answer.status_code}: is it EditX?"
    if _is_busy(answer):
        raise CommandFailed(message, NOT_NOW)
    raise CommandFailed(message, WRONG_USE if 400 <= answer.status_code < 500 else FAILED)
