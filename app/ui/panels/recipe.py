"""Recipe: the steps of one take, played again on another."""

from __future__ import annotations

from collections.abc import AsyncIterator

import gradio as gr

from app.studio.recipes import parse_recipe, recipe_of
from app.ui.components import I18N, html
from app.ui.desk import Desk
from app.ui.jobs import Chain, Jobs, Told
from app.ui.markup import say
from app.ui.messages import Mistake


class RecipePanel:
    """A text field with a recipe."""

    def __init__(self, desk: Desk, jobs: Jobs) -> None:
        self._desk, self._jobs = desk, jobs

    def build(self) -> None:
        """The components, in the tab of the moment."""
        html(f'<p class="note">{say("recipe_info")}</p>', elem_id="recipe-info")
        self.recipe = gr.Textbox(label=I18N("recipe"), lines=10, max_lines=20, elem_id="recipe")
        with gr.Row():
            self.fill = gr.Button(I18N("recipe_of_current"), elem_id="recipe-of-current")
            self.run = gr.Button(I18N("run_recipe"), variant="primary", elem_id="replay")

    def connect(self) -> None:
        """Events that concern this panel alone."""
        self.fill.click(self._recipe, None, self.recipe)

    async def make(self, recipe: str, request: gr.Request) -> AsyncIterator[Told]:
        """Play the recipe on the current take."""

        async def planned() -> Chain:
            steps = parse_recipe(recipe)
            session, take = await self._desk.current(request)
            return session, take, [(step,) for step in steps]

        async for update in self._jobs.run(planned):
            yield update

    async def _recipe(self, request: gr.Request) -> str:
        try:
            session, take = await self._desk.current(request)
        except Mistake:
            return ""
        return recipe_of((await self._desk.studio.tree(session)).lineage(take.id))
