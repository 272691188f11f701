"""A file that is in memory, sent whole or in the part that a player asks for: both doors send sound so.

Browsers seek in a sound only where the server takes ranges, and Safari plays none else. Several ranges at once are
answered with the whole file, as RFC 9110 (section 14.2) allows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import Response

_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))", re.ASCII)


def whole_or_part(data: bytes, mime: str, asked: Headers, extra: Mapping[str, str] | None = None) -> Response:
    """The answer to GET: 200 with all, 206 with the part that `Range` names, 416 where there is no such part."""
    etag = f'"{hashlib.blake2b(data, digest_size=16).hexdigest()}"'
    headers = {**(extra or {}), "accept-ranges": "bytes", "etag": etag}
    part = asked_range(asked.get("range", ""), len(data)) if asked.get("if-range", etag) == etag else None
    if part is None:
        return Response(data, media_type=mime, headers=headers)
    if not part:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{len(data)}"})
    headers["content-range"] = f"bytes {part.start}-{part.stop - 1}/{len(data)}"
    return Response(data[part.start : part.stop], 206, headers, mime)


def asked_range(header: str, n_bytes: int) -> range | None:
    """The bytes that a Range header asks for, empty where the file has none of them; None to send the whole file."""
    found = _RANGE.fullmatch(header.strip())
    if found is None:
        return None
    first, last, n_last = found.groups()
    if n_last:
        return range(max(0, n_bytes - int(n_last)), n_bytes)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(n_bytes, int(last) + 1 if last else n_bytes))
