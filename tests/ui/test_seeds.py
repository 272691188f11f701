"""A seed that is typed on the page reaches the job as it is, or is refused: never another one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from app.engine.options import MAX_SEED
from app.ui.jobs import Jobs
from app.ui.panels.clone import ClonePanel
from app.ui.panels.edit import EditPanel
from app.ui.panels.machine import MachinePanel
from app.ui.shell import COOKIE
from tests.fakes import tone
from tests.ui.scripted import ScriptedPage, scripted_page

LARGE = 3_000_000_000


class Panels:
    """The panels over one desk, and the session of one user with a recording."""

    def __init__(self, page: ScriptedPage) -> None:
        self._page = page
        self.machine = MachinePanel(page.desk)
        jobs = Jobs(page.desk)
        self.clone = ClonePanel(page.desk, jobs, self.machine)
        self.edit = EditPanel(page.desk, jobs, self.machine)
        with gr.Blocks():
            for panel in (self.machine, self.clone, self.edit):
                panel.build()

    def welcome(self) -> None:
        """A user who is new."""
        self.session = self._page.session(cookie := self._page.new_cookie())
        self.request: Any = SimpleNamespace(cookies={COOKIE: cookie})
        self.source = self.session.add(tone(1.0))

    async def run(self, panel: ClonePanel | EditPanel, **given: object) -> dict[str, Any]:
        """The last thing told of the panel's job; `given` are values by the panel's names of its fields."""
        values = {component: component.value for component in panel.inputs}
        values |= {self.machine.variant: None}
        values |= {getattr(panel, name): value for name, value in given.items()}
        told = [progress async for progress, _ in panel.make(values, self.request)]
        return told[-1]


@pytest.fixture(scope="module")
async def built(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Panels]:
    async with scripted_page(tmp_path_factory.mktemp("page")) as page:
        yield Panels(page)


@pytest.fixture
def panels(built: Panels) -> Panels:
    """The panels as a new user finds them."""
    built.welcome()
    return built


@pytest.mark.parametrize("kind", ["clone", "edit"])
async def test_a_seed_reaches_the_take_as_it_was_typed(panels: Panels, kind: str):
    with panels.session.changing() as tree:
        tree.use_voice(panels.source.id)
    panel, given = (panels.clone, {"text": "Hello."}) if kind == "clone" else (panels.edit, {})
    assert (await panels.run(panel, **given, seed=LARGE))["state"] == "done"
    made = panels.session.tree().current
    assert made is not None
    assert made.step is not None
    assert made.step.seed == LARGE


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1])
async def test_a_seed_out_of_range_is_refused_where_it_was_typed(panels: Panels, seed: int):
    told = await panels.run(panels.edit, seed=seed)
    assert told["state"] == "error"
    assert "out_of_range" in told["html"]
    assert panels.session.tree().current == panels.session.tree().take(panels.source.id)
