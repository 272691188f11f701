"""Write docs/tags.md from the catalogue of edits: `make docs`. A test fails when the page is not current."""

from __future__ import annotations

from app.engine.edits import CATALOGUE, INTENSITY_RANGE, ITERATIONS_RANGE, Task
from app.settings import PROJECT

PAGE = PROJECT / "docs" / "tags.md"

HEAD = f"""# Tags · 标签

Made by `make docs` from the catalogue of the program; do not edit. `GET /v1/tags` and `editx tags` list the same.

A tag stands in `step_audio.edit_info`, in a step's `info`, or behind the task on the command line (`emotion:happy`).
Case, hyphens and spaces do not count. `intensity` goes from {INTENSITY_RANGE[0]:g} to {INTENSITY_RANGE[1]:g}
(1 is standard), `n_edit_iter` from {ITERATIONS_RANGE[0]} to {ITERATIONS_RANGE[1]}.

标签写在 `step_audio.edit_info`、步骤的 `info` 里，或在命令行中写在任务之后（`emotion:happy`）。
大小写、连字符和空格不影响识别。
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(map(_section, CATALOGUE.values()))


def _section(task: Task) -> str:
    told = f"\n## {task.name} · {task.label_zh}\n\n{task.description}\n"
    if not task.tags:
        return told
    rows = "".join(f"| `{tag.name}` | {tag.description} | {tag.label_zh} |\n" for tag in task.tags.values())
    return f"{told}\n| tag | does | 中文 |\n|---|---|---|\n{rows}"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
