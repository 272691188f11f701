"""What the image's HEALTHCHECK runs: ends with status 0 where the service in this container answers; with `--ready`,
where it takes jobs, and prints what it says of itself.

Its port is that of the flags which the container was started with, else of the variable, else the usual one.
"""

from __future__ import annotations

import os
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

FIRST_PROCESS = Path("/proc/1/cmdline")  # the service, or the init that was given its flags
FLAG, VARIABLE, USUAL_PORT = "--server-port", "EDITX_SERVER_PORT", "7860"
READY = "--ready"
LIMIT_S = 4.0


def port_of(arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    """The port of a service with these arguments; of several flags the last one counts."""
    given = [value for flag, value in pairwise(arguments) if flag == FLAG]
    given += [argument.partition("=")[2] for argument in arguments if argument.startswith(f"{FLAG}=")]
    return given[-1] if given else environ.get(VARIABLE) or USUAL_PORT


def main() -> int:
    """The exit status."""
    port = port_of(FIRST_PROCESS.read_text(encoding="utf-8").split("\0"), os.environ)
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxy the container has
    try:
        asks_ready = sys.argv[1:] == [READY]
        path = "readyz" if asks_ready else "healthz"
        with direct.open(f"http://127.0.0.1:{port}/{path}", timeout=LIMIT_S) as answer:
            if asks_ready:
                sys.stdout.write(answer.read().decode() + "\n")
            return 0 if answer.status == 200 else 1
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
