"""Examples that work with one click: a preset voice and what is done with it."""

from __future__ import annotations

from dataclasses import dataclass

from app.studio.takes import Step
from app.ui.markup import icon, say
from app.ui.words import tag_key, task_key


@dataclass(frozen=True, slots=True)
class Example:
    """`steps` made of the preset `voice`; `key` names its words."""

    key: str
    voice: str
    steps: tuple[Step, ...]


EXAMPLES = (
    Example(
        "example_story",
        "story_teller",
        (Step("clone", text="The old lighthouse had been dark for years. That night, someone lit the lamp.", seed=11),),
    ),
    Example(
        "example_mandarin",
        "xiaoxiao_cn",
        (Step("clone", text="欢迎来到我的工作室，今天我们一起做一段新的声音。", seed=12),),
    ),
    Example("example_happy", "heart_en", (Step("emotion", "happy", 1.5, seed=13),)),
    Example("example_whisper", "michael_en", (Step("style", "whisper", seed=14),)),
    Example(
        "example_laughter",
        "happy_en",
        (
            Step(
                "paralinguistic",
                text="You will never guess what happened today. [laugh] I got the job, and I start on Monday!",
                seed=15,
            ),
        ),
    ),
    Example("example_two_steps", "yunxi_cn", (Step("emotion", "sad", seed=16), Step("speed", "slower", seed=17))),
)


def gallery() -> str:
    """All examples as cards."""
    cards = "".join(
        f'<button type="button" class="card" data-action="example" data-example="{n}">{icon("play")}'
        f"<strong>{say(example.key)}</strong><small>{_what(example)}</small></button>"
        for n, example in enumerate(EXAMPLES)
    )
    return f'<div class="gallery">{cards}</div>'


def _what(example: Example) -> str:
    return " → ".join(
        say(tag_key(step.task, step.tag)) if step.tag else say(task_key(step.task)) for step in example.steps
    )
