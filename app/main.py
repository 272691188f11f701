"""The program, and the one application that holds page, API and engine.

    editx [COMMAND] [options] [settings]      or: python -m app.main ...

What serves, fetches and examines stands here; what is asked of the API in `app/cli`. Nothing heavy is imported before
it is needed: `--help` and wrong flags answer at once. Exit statuses: `app/cli/statuses.py`.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from app import __version__, logs
from app.cli.asked import Asked
from app.cli.commands import COMMANDS
from app.cli.parser import parse
from app.cli.statuses import DONE, FAILED, INTERRUPTED, WRONG_USE, CommandFailed
from app.engine.backends import AUTO, BACKENDS, may_answer
from app.engine.facts.fact import Note
from app.settings import BadSettings, Settings, flag_of
from app.wording.english import english

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.engine.engine import EditXEngine
    from app.studio.studio import Studio
    from app.wyoming.door import Door

logger = logging.getLogger(__name__)

SWITCH_S = 0.001  # between two threads that compute in Python
MAX_NAME_SERVERS = 3  # that a resolv.conf may name
STOPPED = "The download was stopped; the same command goes on where it ended."


class CannotServe(Exception):
    """The service cannot run on this machine as asked; the message says why and what to do."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; returns the exit status."""
    try:
        asked = parse(sys.argv[1:] if argv is None else argv)
        _check_backend(asked.settings.backend)
    except BadSettings as fault:
        return _fail(str(fault), WRONG_USE)
    settings = asked.settings
    is_client = bool(COMMANDS[asked.command].runner)
    is_quiet = is_client and "log_level" not in settings.model_fields_set
    logs.set_up("warning" if is_quiet else settings.log_level)
    _limit_threads(settings.threads)
    _limit_name_lookups(settings.url_timeout_s)
    try:
        return _run_client(asked) if is_client else _OWN[asked.command](settings)
    except KeyboardInterrupt:  # before it serves, or while it looks around
        return _fail("stopped from the keyboard", INTERRUPTED)


def _run_client(asked: Asked) -> int:
    try:
        return COMMANDS[asked.command].run(asked)
    except CommandFailed as failed:
        return _fail(str(failed), failed.status)
    except BrokenPipeError:  # whoever read our output has enough
        sys.stdout = open(os.devnull, "w")  # else Python complains once more when it ends  # noqa: PTH123, SIM115
        return FAILED


def _check_backend(name: str) -> None:
    known = (AUTO, *BACKENDS)
    if name not in known:
        raise BadSettings(f"--backend: '{name}' is no backend; there is: {', '.join(known)}")


def app_over(studio: Studio, settings: Settings, door: Door | None = None) -> FastAPI:
    """The application over a studio that the caller made; it starts and stops the studio, with it the engine, and
    `door`, where there is one.
    """
    from app.api import create_api

    app = create_api(studio, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await studio.start(app.state.service.resumed)  # loads in the background: probes answer at once
        settling = asyncio.create_task(_settle(studio.engine))
        if door is not None:
            await door.start()
        yield
        if door is not None:
            await door.stop()
        settling.cancel()
        await studio.stop()

    app.router.lifespan_context = lifespan
    if settings.ui:
        from app.ui import mount_page

        mount_page(app, studio, settings)
    _build_routes(app)
    return app


async def _settle(engine: EditXEngine) -> None:
    from app.engine.machine import settle

    await engine.loaded()
    await engine.files.run_admitted(settle)


def _build_routes(app: FastAPI) -> None:
    """Have FastAPI build now what it would build on the event loop at the first request: half a second of schemas."""
    for route in app.router.routes:
        route.matches({"type": "http", "method": "GET", "path": "/", "headers": [], "app": app})


def _switch_threads_often() -> None:
    """Let the event loop have Python's lock soon after it asks: by default each thread before it keeps it for 5 ms."""
    sys.setswitchinterval(SWITCH_S)


def _limit_threads(threads: int) -> None:
    """Let torch's threads be as many as one job may use, and sleep while they wait; torch looks when it is imported.

    By default they spin, which takes the cores from other jobs and from the web server. What is set already stays.
    """
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def _limit_name_lookups(timeout_s: float) -> None:
    """Let the system's resolver give a name up when its fetch is over: a thread that asks cannot be stopped.

    By default it asks up to three servers twice, 5 s each (resolv.conf(5)). What is set already stays.
    """
    each_s = max(1, round(timeout_s / MAX_NAME_SERVERS))
    os.environ.setdefault("RES_OPTIONS", f"timeout:{each_s} attempts:1")


def _serve(settings: Settings) -> int:
    from app.access.keys import BadKeyFile
    from app.engine.errors import EngineError
    from app.engine.machine import keep_little_memory
    from app.keeping.faults import CannotKeep
    from app.keeping.opening import opened

    keep_little_memory()
    _switch_threads_often()
    try:
        with ExitStack() as sockets:
            listener = sockets.enter_context(_listening(settings.server_name, settings.server_port, "--server-port"))
            for_wyoming = settings.wyoming_port and sockets.enter_context(
                _listening(settings.server_name, settings.wyoming_port, "--wyoming-port")
            )
            sockets.enter_context(opened(settings.cache_dir))
            _fetch_missing_weights(settings)
            from app.engine.engine import EditXEngine
            from app.engine.parts.parts import Parts
            from app.studio.store import TakeStore
            from app.studio.studio import Studio

            engine = EditXEngine.from_settings(settings, Parts.from_settings(settings))
            engine.begin_to_load()  # beside the API and the page, whose import takes as long
            studio = Studio(engine, TakeStore.from_settings(settings))
            app = app_over(studio, settings, _wyoming_door(engine, settings, for_wyoming) if for_wyoming else None)
            _say(start_block(engine, settings))
            if warning := exposure(settings):
                logger.warning(warning)
            _run(app, engine, listener, settings.trusted_proxies)
    except BadKeyFile as fault:
        return _fail(f"--key-file: {fault}", WRONG_USE)
    except EngineError as error:
        return _fail(english(error), WRONG_USE)
    except CannotServe as fault:
        return _fail(str(fault), FAILED)
    except CannotKeep as fault:
        from app.cli.sentences import told

        return _fail(told(fault), FAILED)
    return DONE


def _wyoming_door(engine: EditXEngine, settings: Settings, listener: socket.socket) -> Door:
    from app.wyoming.door import Door

    return Door(engine, settings, listener)


def _run(app: FastAPI, engine: EditXEngine, listener: socket.socket, trusted_proxies: Sequence[str]) -> None:
    from app.server import run

    run(logs.AccessLog(app), engine, listener, trusted_proxies)


def _listening(name: str, port: int, flag: str) -> socket.socket:
    """A socket bound before anything is loaded, so that a port in use is told at once."""
    from app.server import BACKLOG

    where = f"{name}:{port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as fault:
        raise CannotServe(f"--server-name: cannot listen on {where}: {fault.strerror}.") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as fault:
        listener.close()
        raise CannotServe(
            f"{flag}: cannot listen on {where}: {fault.strerror}. "
            f"Stop the program that uses this port, or choose another with {flag}."
        ) from None
    return listener


def _prepare(settings: Settings) -> int:
    from app.engine.parts.parts import Parts

    parts = Parts.from_settings(settings)
    parts.fetch(_report)
    missing = parts.missing()
    for reason in missing.values():
        _say(english(reason))
    if missing:
        return _fail(f"{len(missing)} parts are not ready: {', '.join(missing)}.", FAILED)
    _say("All parts of the embedded engine are here and verified.")
    return DONE


def _download(settings: Settings) -> int:
    from app.engine.errors import PartMissing

    if settings.offline:
        return _fail("--offline: forbids every download; leave it out to download.", WRONG_USE)
    if settings.model_source == "local":
        return _fail("--source: 'local' names no hub; take huggingface, modelscope or auto.", WRONG_USE)
    try:
        for entry in BACKENDS.values():
            entry.download(settings, _report)
    except PartMissing as missing:
        return _fail(english(missing), FAILED)
    except KeyboardInterrupt:
        return _fail(STOPPED, FAILED)
    return DONE


def _fetch_missing_weights(settings: Settings) -> None:
    """Before the first start: what the backends that may answer bring by themselves. Raises CannotServe."""
    from app.engine.errors import PartMissing

    try:
        for entry in BACKENDS.values():
            if may_answer(entry, settings):
                entry.fetch(settings, _report)
    except PartMissing as missing:
        raise CannotServe(english(missing)) from None
    except KeyboardInterrupt:
        raise CannotServe(STOPPED) from None


def _doctor(settings: Settings) -> int:
    from app.doctor import examine
    from app.engine.parts.parts import Parts

    return DONE if examine(settings, Parts.from_settings(settings), _say) else FAILED


def start_block(engine: EditXEngine, settings: Settings) -> str:
    """What a person wants to know at start: who answers and why, and where."""
    status = engine.status()
    host = _reachable_name(settings.server_name)
    base = f"http://{host}:{settings.server_port}"
    is_open = "open to everyone who reaches it; --api-key closes it"
    for_api = "key needed" if settings.needs_key else is_open
    for_page = "key needed" if settings.asks_for_key else is_open if not settings.needs_key else "open: --public-page"
    for_metrics = "open: --public-metrics" if settings.needs_key and settings.public_metrics else for_api
    rows = [
        ("backend", f"{status.backend.name}, because {english(status.chosen_because)}"),
        ("page", f"{base}/  ({for_page})" if settings.ui else "off (--no-ui)"),
        ("API", f"{base}/v1  ({for_api})" if settings.api else "off (--no-api)"),
        ("consent", "needed for saved voices" if settings.require_consent else "not asked for: --require-consent"),
        ("docs", f"{base}/docs" if settings.api else "off (--no-api)"),
        ("metrics", f"{base}/metrics  ({for_metrics})"),
        *([("wyoming", f"tcp://{host}:{settings.wyoming_port}  (no key)")] if settings.wyoming_port else []),
        ("ready", f"when {base}/readyz answers 200"),
    ]
    if status.backend.has_variants:
        absent = "".join(f"; without {name}: {english(why)}" for name, why in status.backend.absent_variants.items())
        rows.insert(1, ("variants", ", ".join(status.backend.variants) + absent))
    rows += [
        ("no effect", f"{', '.join(map(flag_of, unused))}: only the backend {name} uses them")
        for name, entry in BACKENDS.items()
        if name != status.backend.name
        and (unused := [field for field in entry.own_settings if field in settings.model_fields_set])
    ]
    return "\n".join([f"EditX {__version__}", *(f"  {name:<10}{value}" for name, value in rows), ""])


def exposure(settings: Settings) -> str:
    """What a service without keys leaves open to other machines, as a warning; empty where none is due."""
    if _is_this_machine(settings.server_name):
        return ""
    page = "make speech on the page, hear the saved voices, save and delete voices, and clear the cache"
    api = "make and transcribe speech over the API, and hear, save and delete voices and consents"
    wyoming = "make and transcribe speech over the Wyoming port, for which there are no keys"
    opened = {
        page: settings.ui and (settings.public_page or not settings.needs_key),
        api: settings.api and not settings.needs_key,
        wyoming: settings.wyoming_port is not None,
    }
    if not any(opened.values()):
        return ""
    ways = {
        "give --api-key": not settings.needs_key,
        "leave out --public-page": settings.needs_key and settings.public_page,
        "leave out --wyoming-port": settings.wyoming_port is not None,
    }
    where = f"{settings.server_name}:{settings.server_port}"
    return (
        f"whoever reaches {where} can, without a key: {'; '.join(_true(opened))}. "
        f"To close it, {' and '.join(_true(ways))}, or listen on this machine only: --server-name 127.0.0.1."
    )


def _true(claims: Mapping[str, bool]) -> list[str]:
    return [claim for claim, is_so in claims.items() if is_so]


def _is_this_machine(server_name: str) -> bool:
    if server_name == "localhost":
        return True
    try:
        return ipaddress.ip_address(server_name).is_loopback
    except ValueError:
        return False


def _reachable_name(server_name: str) -> str:
    if server_name in ("0.0.0.0", "::", ""):
        return "localhost"
    return f"[{server_name}]" if ":" in server_name else server_name


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _report(note: Note) -> None:
    _say(english(note))


def _fail(message: str, status: int) -> int:
    sys.stderr.write("".join(f"editx: {line}\n" for line in message.splitlines()))
    return status


_OWN: Mapping[str, Callable[[Settings], int]] = {
    "serve": _serve,
    "prepare": _prepare,
    "download": _download,
    "doctor": _doctor,
}

if __name__ == "__main__":
    sys.exit(main())
