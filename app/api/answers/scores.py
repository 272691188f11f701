"""What a checked result scored, as answers tell it."""

from __future__ import annotations

from pydantic import BaseModel, Field

from app.engine.content.checks import Miss, Scores, Verdict, together
from app.engine.job import JobControl


class ScoresRow(BaseModel):
    """What a result scored. Voices are compared by the GE2E encoder of Resemblyzer, whichever engine speaks."""

    word_error: float | None = Field(description="Share of words heard otherwise; null where none are wanted.")
    similarity: float | None = Field(description="Cosine of speaker embeddings, with the reference or the input.")
    length: float | None = Field(description="In lengths that the text, or the input, lets expect.")
    clipped: bool = Field(description="Whether the wave stays at its peak again and again.")
    silence: float = Field(description="The longest silence in it, in seconds.")
    tries: int = Field(description="How often it was made, the first try included; of pieces the most.")
    seeds: list[int] = Field(description="The seeds of its pieces.")
    verdict: Verdict = Field(description="Whether all checks were run and passed.")
    missed: list[Miss] = Field(description="The checks that were missed.")
    not_run: list[Miss] = Field(description="The checks that could not be run; they count as missed.")


def scores_row(scores: Scores) -> ScoresRow:
    """The scores as answers tell them."""
    return ScoresRow(
        word_error=_rounded(scores.word_error),
        similarity=_rounded(scores.similarity),
        length=_rounded(scores.length),
        clipped=scores.is_clipped,
        silence=round(scores.silence_s, 3),
        tries=scores.tries,
        seeds=list(scores.seeds),
        verdict=scores.verdict,
        missed=list(scores.misses),
        not_run=list(scores.not_run),
    )


def scores_of(control: JobControl) -> Scores | None:
    """What the result of a job scored; None where it was not to be checked."""
    return together(control.checked)


def check_headers(control: JobControl) -> dict[str, str]:
    """The headers of a whole answer that was checked."""
    scores = scores_of(control)
    if scores is None:
        return {}
    told = {
        "x-check-word-error": _shown(scores.word_error),
        "x-check-similarity": _shown(scores.similarity),
        "x-check-tries": str(scores.tries),
        "x-check-seed": ",".join(dict.fromkeys(map(str, scores.seeds))),
        "x-check-verdict": scores.verdict,
    }
    return {name: value for name, value in told.items() if value}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
