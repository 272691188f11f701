"""Prove EditX on Ray here: `python -m deploy.ray.prove` (in the environment of README.md; weights must be there).

A local Ray, replicas of one thread. Prints what was seen: the throughput of two replicas against one, how requests
spread, whether a stream flows, what is refused, and what callers get whose replica is killed.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

os.environ |= {  # before anything reads it: the imports below do
    "EDITX_THREADS": "1",
    "EDITX_MAX_CONCURRENT_JOBS": "1",
    "EDITX_MAX_QUEUE": "8",
    "EDITX_UI": "false",
    "EDITX_BACKEND": "embedded",
    "EDITX_CACHE_DIR": tempfile.mkdtemp(prefix="editx-ray-"),
    "OMP_NUM_THREADS": "1",
    "RAY_MAX_REPLICAS": "2",
    "RAY_USAGE_STATS_ENABLED": "0",
}

import httpx
import ray
from ray import serve

PORT = int(os.environ.get("PORT", "8156"))
BASE = f"http://127.0.0.1:{PORT}"
SENTENCE = "The train to the coast leaves at nine, and both tickets are in my bag."
LONG = " ".join(f"Sentence number {n} of this story keeps the machine busy for a while." for n in range(1, 4))
LIMIT_S = 300.0


@dataclass(frozen=True)
class Ended:
    """How a request ended: its status (0: no answer), replica, seconds."""

    status: int
    replica: str
    seconds: float
    retry_after: str = ""


def ask(text: str, seed: int) -> Ended:
    """Speak, whole."""
    body = {"model": "tts-1", "voice": "alloy", "input": text, "seed": seed, "response_format": "wav", "stream": False}
    began = time.monotonic()
    try:
        answer = httpx.post(f"{BASE}/v1/audio/speech", json=body, timeout=LIMIT_S)
    except httpx.TransportError:
        return Ended(0, "", time.monotonic() - began)
    seconds = time.monotonic() - began
    return Ended(
        answer.status_code, answer.headers.get("x-replica", ""), seconds, answer.headers.get("retry-after", "")
    )


def together(n: int, text: str, at_once: int) -> list[Ended]:
    """So many requests, so many at a time."""
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda seed: ask(text, seed), range(n)))


def run(n_replicas: int) -> None:
    """Deploy that many, and wait until they answer."""
    from deploy.ray.editx_on_ray import EditX

    serve.run(EditX.options(autoscaling_config=None, num_replicas=n_replicas).bind(), name="editx")


def throughput(n_replicas: int) -> float:
    """Sentences in a second."""
    run(n_replicas)
    together(2 * n_replicas, SENTENCE, 2 * n_replicas)  # warm
    began = time.monotonic()
    ended = together(12, SENTENCE, 4)
    assert all(one.status == 200 for one in ended), ended
    return len(ended) / (time.monotonic() - began)


def kill_one() -> None:
    """End one replica's process, as a crash would."""
    actors = ray.util.list_named_actors(all_namespaces=True)
    found = [actor for actor in actors if "SERVE_REPLICA" in actor["name"] and "EditX" in actor["name"]]
    ray.kill(ray.get_actor(found[0]["name"], namespace=found[0]["namespace"]), no_restart=True)


def main() -> None:
    """All of it."""
    ray.init(num_cpus=4, include_dashboard=False, log_to_driver="--log" in sys.argv)
    serve.start(http_options={"host": "127.0.0.1", "port": PORT})
    one = throughput(1)
    two = throughput(2)
    print(f"throughput: one replica {one:.2f} sentences a second, two {two:.2f} ({two / one:.2f} times)")
    spread = Counter(ended.replica for ended in together(16, SENTENCE, 4))
    print(f"spread of 16 requests: {sorted(spread.values())}")
    body = {"model": "tts-1", "voice": "alloy", "input": LONG, "response_format": "pcm"}
    began = time.monotonic()
    with httpx.stream("POST", f"{BASE}/v1/audio/speech", json=body, timeout=LIMIT_S) as answer:
        pieces = answer.iter_raw()
        next(pieces)
        first_s = time.monotonic() - began
        n_pieces = 1 + sum(1 for _ in pieces)
    print(f"stream: first sound after {first_s:.2f} of {time.monotonic() - began:.2f} s, {n_pieces} pieces")
    ended = together(24, LONG, 24)
    waits = {one.retry_after for one in ended if one.status == 429}
    print(f"24 long requests at once: {dict(Counter(one.status for one in ended))}, Retry-After {waits}")
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(ask, LONG, seed) for seed in range(4)]
        time.sleep(2)
        kill_one()
        after = [one.result(LIMIT_S) for one in asked]
    slowest_s = max(one.seconds for one in after)
    print(f"a replica killed under 4 requests: {dict(Counter(one.status for one in after))}, slowest {slowest_s:.1f} s")
    began = time.monotonic()
    while ask(SENTENCE, 1).status != 200:
        time.sleep(0.2)
    print(f"the next request after the kill: answered after {time.monotonic() - began:.1f} s")
    serve.shutdown()
    ray.shutdown()


if __name__ == "__main__":
    main()
