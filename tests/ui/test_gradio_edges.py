"""What the page takes from the inside of Gradio is there, in the installed version: each test names one edge."""

from __future__ import annotations

import importlib
import importlib.util
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest

import app.ui
from app.ui import gradio_edges
from app.ui.components import html
from app.ui.event_values import said
from app.ui.gradio_edges import FRONTEND, MAX_EVENT_BYTES, AttendedQueue, News, core_script
from app.ui.lean_gradio import imported_when_used, lean
from tests.ui.scripted import post_event, scripted_page

STATIC = Path(app.ui.__file__).parent / "static"
GRADIO_CSS = (STATIC / "gradio.css").read_text(encoding="utf-8")
OWN_CLASSES = {"tags"}  # given by our panels


@pytest.fixture(scope="module")
async def plain_browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    async with scripted_page(tmp_path_factory.mktemp("page")) as page, page.user() as browser:
        yield browser


@pytest.fixture(scope="module")
async def document(plain_browser: httpx.AsyncClient) -> httpx.Response:
    return await plain_browser.get("/")


@pytest.fixture(scope="module")
def frontend() -> str:
    """All scripts and styles of Gradio's front end."""
    paths = [path for kind in ("js", "css") for path in sorted((FRONTEND / "assets").glob(f"*.{kind}"))]
    return "".join(path.read_text(encoding="utf-8") for path in paths)


# ---- its import ----------------------------------------------------------------------------------------------------


COMPONENT = """
from gradio.components.base import Component

class Probe(Component):
    EVENTS = ["change"]
"""


@pytest.mark.parametrize("imported", [lean, nullcontext])
def test_gradio_writes_stubs_of_its_components_unless_they_have_no_file(
    tmp_path: Path, imported: Callable[[], AbstractContextManager[None]]
):
    module = tmp_path / "probe.py"
    module.write_text(COMPONENT, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("probe", module)
    assert spec is not None
    assert spec.loader is not None
    with pytest.MonkeyPatch.context() as patch, imported():
        patch.setitem(sys.modules, "probe", probe := importlib.util.module_from_spec(spec))
        spec.loader.exec_module(probe)
    assert module.with_suffix(".pyi").exists() is (imported is nullcontext)


def test_a_module_that_is_imported_when_used_is_itself_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "table_maker.py").write_text("ROWS = [1]\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with imported_when_used("table_maker"):
        held: Any = importlib.import_module("table_maker")
        again: Any = importlib.import_module("table_maker")
    assert again is held
    assert "table_maker" not in sys.modules
    assert held.ROWS is importlib.import_module("table_maker").ROWS
    monkeypatch.delitem(sys.modules, "table_maker")


IMPORTING = """
import inspect, sys

class Looking:
    def find_spec(self, name, path=None, target=None):
        if name == "gradio":
            print(inspect.getfile.__module__)

sys.meta_path.insert(0, Looking())
import app.ui
print("pandas" in sys.modules)
"""


@pytest.mark.slow
def test_the_page_imports_gradio_without_stubs_and_without_pandas():
    said = subprocess.run([sys.executable, "-c", IMPORTING], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["app.ui.lean_gradio", "False"]


# ---- the change of language -----------------------------------------------------------------------------------------


def test_gradio_has_the_script_that_changes_its_language():
    assert core_script() is not None


def test_a_gradio_without_that_script_gives_none(tmp_path: Path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "core-1.js").write_text("nothing of interest")
    assert core_script(tmp_path) is None
    assert core_script(tmp_path / "gone") is None


@pytest.mark.slow
async def test_a_gradio_without_that_script_still_serves_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gradio_edges, "core_script", lambda: None)
    async with scripted_page(tmp_path) as page, page.user() as browser:
        answer = await browser.get("/")
    assert answer.status_code == 200
    assert re.search(r'window\.editx = \{"core": null,', answer.text)


# ---- what it has no route for ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/audio/speech", 404),
        ("GET", "/nothing/here", 404),
        ("POST", "/gradio_api/upload", 404),
        ("DELETE", "/", 405),
    ],
)
async def test_what_the_page_lacks_is_refused_in_the_apis_shape(
    plain_browser: httpx.AsyncClient, method: str, path: str, status: int
):
    answer = await plain_browser.request(method, path)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] in ("route_not_found", "method_not_allowed")


# ---- events of our own markup ---------------------------------------------------------------------------------------


def test_markup_of_ours_can_have_events_of_its_own():
    with gr.Blocks():
        panel = html("", elem_id="panel", events="example as_voice")
    for name in ("example", "as_voice"):
        assert callable(getattr(panel, name))
    with pytest.raises(AttributeError):
        _ = panel.unheard_of


def test_what_a_script_sends_along_arrives():
    event = gr.EventData(None, {"take": "0123", "name": "Aunt Lin", "example": 2})
    assert [said(event, name) for name in ("take", "name", "example")] == ["0123", "Aunt Lin", "2"]


def test_scripts_are_handed_what_they_are_connected_with(frontend: str):
    handed = re.findall(r"element\W[^;]{0,200}trigger\W[^;]{0,200}props\W[^;]{0,200}", frontend)
    assert any("watch" in found for found in handed)


# ---- the document and its parts -------------------------------------------------------------------------------------


def test_the_head_of_ours_stands_in_the_document_before_gradio_runs(document: httpx.Response):
    assert document.text.count("</head>") == 1
    ours = document.text.index("window.editx")
    modules = [
        found.start() for found in re.finditer(r'<script[^>]*type="module"[^>]*src="[^"]*assets/', document.text)
    ]
    assert modules, "Gradio's scripts are no longer modules, which run after the head of ours"
    assert ours < document.text.index("</head>")


def test_gradio_asks_nobody_else_for_anything_of_ours(document: httpx.Response):
    config = re.search(r"window\.gradio_config = (.*?);</script>", document.text)
    assert config is not None
    assert '"footer_links":[]' in config[1].replace(" ", "")
    assert '"analytics_enabled":false' in config[1].replace(" ", "")


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\.([a-z][\w-]+)(?=[^{}]*\{)", GRADIO_CSS)) - OWN_CLASSES))
def test_gradio_still_has_the_class_that_is_styled(frontend: str, name: str):
    assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", frontend)


def test_other_styles_name_no_class_of_gradio():
    ours = (STATIC / "studio.css").read_text(encoding="utf-8")
    classes = set(re.findall(r"\.([a-z][\w-]+)(?=[^{}]*\{)", GRADIO_CSS)) - OWN_CLASSES
    assert {name for name in classes if re.search(rf"\.{name}(?![\w-])", ours)} == set()


@pytest.mark.parametrize("hook", ["data-tab-id", "aria-selected", "textarea"])
def test_the_scripts_find_tabs_and_text_fields(frontend: str, hook: str):
    assert hook in frontend


# ---- routes of Gradio ------------------------------------------------------------------------------------------------


async def test_gradio_answers_what_its_front_end_asks_and_nothing_else(tmp_path: Path):
    async with scripted_page(tmp_path) as page, page.user() as browser:
        uploaded = await browser.post("/gradio_api/upload", files={"files": ("a.html", b"<script>1</script>")})
        assert uploaded.status_code == 404
        for path in ("file=/etc/hostname", "proxy=x%00", "info", "openapi.json", "user", "vibe-code/", "runs"):
            assert (await browser.get(f"/gradio_api/{path}")).status_code == 404
        for path in ("run/0", "api/predict", "call/show", "call/v2/show", "process_recording"):
            assert (await browser.post(f"/gradio_api/{path}", json={"data": [], "fn_index": 0})).status_code == 404
        joined = await browser.post("/gradio_api/queue/join", json={"data": [], "fn_index": 0})
        assert joined.status_code == 400  # without a session of Gradio's
        for fn_index, data in ((9999, []), (-1, []), (0, ["one"] * 99)):
            body = {"data": data, "fn_index": fn_index, "session_hash": "anna"}
            assert (await browser.post("/gradio_api/queue/join", json=body)).status_code == 400
        news = await browser.get("/gradio_api/queue/data", params={"session_hash": "nobody"})
        assert '"session_not_found":true' in news.text


@pytest.mark.parametrize("name", ["a" * 300, "a" * 5000, "\U0001f600" * 100, "a%00b"])
async def test_a_file_that_no_file_system_can_name_is_not_there(tmp_path: Path, name: str):
    async with scripted_page(tmp_path) as page, page.user() as browser:
        for folder in ("static", "assets"):
            assert (await browser.get(f"/{folder}/{name}")).status_code == 404


async def test_events_of_the_page_are_no_functions_for_clients(tmp_path: Path):
    async with scripted_page(tmp_path) as page, page.user() as browser:
        events = (await browser.get("/config")).json()["dependencies"]
    assert events
    assert {event["api_visibility"] for event in events} == {"private"}


@pytest.mark.parametrize(
    ("element", "event", "values"),
    [
        ("clone", "click", {"text": {"path": "/etc/passwd"}}),
        ("clone", "click", {"speed": "fast"}),
        ("edit", "click", {"task": "none"}),
    ],
)
async def test_events_with_values_that_no_browser_sends_are_refused(
    plain_browser: httpx.AsyncClient, element: str, event: str, values: dict[str, Any]
):
    with pytest.raises(httpx.HTTPStatusError) as refused:
        await post_event(plain_browser, element, event, values, "reader")
    assert refused.value.response.status_code == 400
    assert refused.value.response.json()["detail"].startswith(("The event's values", "There is no such event"))


async def test_every_input_of_the_page_is_of_a_kind_whose_values_are_looked_at(plain_browser: httpx.AsyncClient):
    config = (await plain_browser.get("/config")).json()
    kinds = {part["id"]: part["type"] for part in config["components"]}
    inputs = {kinds[number] for call in config["dependencies"] for number in call["inputs"]}
    assert inputs <= {"textbox", "slider", "number", "radio", "checkbox", "checkboxgroup", "state", "html"}


@pytest.mark.parametrize("path", ["queue/join", "cancel"])
async def test_bodies_that_are_no_text_are_refused_in_the_apis_shape(plain_browser: httpx.AsyncClient, path: str):
    answer = await plain_browser.post(f"/gradio_api/{path}", content=b"\xff")
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"data": ["' + b"a" * MAX_EVENT_BYTES + b'"]}', 413),
        (b'{"data": [' + b"[]," * 1000 + b"[]]}", 413),
        (b"[" * 100_000, 400),
    ],
)
async def test_events_are_bounded_in_bytes_and_values(plain_browser: httpx.AsyncClient, body: bytes, status: int):
    async def in_pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 100_000):
            yield body[start : start + 100_000]

    for content in (body, in_pieces()):
        answer = await plain_browser.post("/gradio_api/queue/join", content=content)
        assert (answer.status_code, answer.json()["error"]["type"]) == (status, "invalid_request_error")


def test_news_that_are_gone_already_can_be_deleted():
    news = News(1)
    for reader in ("anna", "ben"):  # one makes room for the other
        news[reader] = []
    for reader in ("anna", "ben"):
        del news[reader]
    assert not news
    assert "pending_messages_per_session" in vars(AttendedQueue(gr.Blocks(), lambda _: True))
