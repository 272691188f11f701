"""What the machine does, as HTML: engine, variants, memory, queue, cache."""

from __future__ import annotations

from app.cache.token_cache import CacheStats
from app.engine.engine import EngineStatus
from app.engine.machine import process_memory_bytes
from app.settings import MIB
from app.ui.markup import escape, rows, say
from app.ui.messages import say_fact


def chip(status: EngineStatus) -> str:
    """One line for the head of the page."""
    if not status.is_ready:
        kind, text = ("loading", say("chip_loading")) if status.is_loading else ("failed", say("chip_failed"))
    elif status.n_running or status.n_waiting:
        kind, text = "busy", say("chip_busy", running=status.n_running, waiting=status.n_waiting)
    else:
        kind, text = "ready", say("chip_ready")
    return f'<span class="dot {kind}"></span>{text}'


def engine_facts(status: EngineStatus) -> str:
    """Backend, queue and memory."""
    backend = status.backend
    memory = [("memory_process", process_memory_bytes()), *backend.memory_bytes.items()]
    shown = [
        ("backend", f"<strong>{escape(backend.name)}</strong>"),
        ("chosen_because", say_fact(status.chosen_because)),
        ("queue", say("queue_now", running=status.n_running, waiting=status.n_waiting)),
        ("memory", "<br>".join(f"{_part(name)}: {_mib(n_bytes)}" for name, n_bytes in memory if n_bytes)),
    ]
    if backend.missing:
        faults = (f"<strong>{escape(job)}</strong>: {say_fact(why)}" for job, why in backend.missing.items())
        shown.append(("cannot_do", "<br>".join(faults)))
    return rows(shown)


def cache_facts(stats: CacheStats) -> str:
    """What the token cache holds and did."""
    return rows(
        [
            ("cache_entries", say("cache_of", n=stats.entries, capacity=stats.capacity)),
            ("cache_size", _mib(stats.bytes)),
            ("cache_hits", str(stats.hits)),
            ("cache_misses", str(stats.misses)),
            ("cache_rate", f"{100 * stats.hit_rate:.0f}%"),
            ("cache_saved", say("duration", s=f"{stats.saved_s:.1f}")),
        ]
    )


def variants(status: EngineStatus) -> str:
    """The choice of a model variant; those that cannot answer are greyed, with the reason."""
    backend = status.backend
    buttons = [
        f'<label><input type="radio" name="variant" value="{escape(name)}"{" checked" if n == 0 else ""}>'
        f"<span><strong>{escape(name)}</strong></span></label>"
        for n, name in enumerate(backend.variants)
    ]
    buttons += [
        f'<label class="absent"><input type="radio" name="variant" value="{escape(name)}" disabled>'
        f"<span><strong>{escape(name)}</strong> <small>{say_fact(why)}</small></span></label>"
        for name, why in backend.absent_variants.items()
    ]
    return f'<fieldset class="variants"><legend>{say("variant")}</legend>{"".join(buttons)}</fieldset>'


def _part(name: str) -> str:
    return say(name) if name == "memory_process" else escape(name)


def _mib(n_bytes: int) -> str:
    return f"{n_bytes / MIB:,.0f} MiB" if n_bytes >= MIB else f"{n_bytes / 1024:,.0f} KiB"
