"""Where a clip of a request comes from: base64 text, an address, or an uploaded file. One of them, never two."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, replace

from app.api.refusals import AddressWithoutBase64, InvalidBase64, OnlyOneOf
from app.api.service import Service
from app.engine.job import JobControl
from app.engine.sound.audio import Audio
from app.engine.sound.decoding import DecodeLimits, check_size, decode

SLICE_CHARS = 1 << 20  # a multiple of 4; one call for 30 MB would hold up the event loop for a fifth of a second
_DATA_URL = re.compile(r"data:[^,]{0,256},", re.ASCII)


@dataclass(frozen=True, slots=True)
class Source:
    """One clip that has not been read yet; `param` is the field it stands in. Exactly one of the three is set."""

    param: str
    base64: str | None = None
    url: str | None = None
    upload: bytes | None = None


def chosen(
    role: str, base64_text: str | None, url: str | None, upload: bytes | None, prefix: str = "step_audio."
) -> Source | None:
    """The source given for `role` ("prompt_audio" or "input_audio"), whose fields stand behind `prefix`; None without
    one. Raises ConflictingParameters.
    """
    given = [
        source
        for source, value in (
            (Source(f"{role}_file", upload=upload), upload),
            (Source(f"{prefix}{role}_base64", base64=base64_text), base64_text),
            (Source(f"{prefix}{role}_url", url=url), url),
        )
        if value is not None and value != ""
    ]
    if len(given) > 1:
        raise OnlyOneOf(tuple(source.param for source in given), param=given[1].param)
    return given[0] if given else None


async def load(source: Source, service: Service, control: JobControl, max_rate_hz: int | None = None) -> Audio:
    """The decoded clip, for a job that holds its place; at most at a rate, so that a long one takes less memory.

    Raises BadAudio, UrlNotAllowed, UrlUnreachable, QueueFull.
    """
    limits = service.decode_limits
    limits = replace(limits, max_rate_hz=max_rate_hz or limits.max_rate_hz)
    if source.url is not None:
        source = replace(source, url=None, upload=await service.fetcher.fetch(source.url, source.param))
    return await service.engine.decoding.run_admitted(_decode_given, source, limits, control)


async def decoded(data: bytes, param: str, service: Service, control: JobControl) -> Audio:
    """A file's clip, for a job that holds its place."""
    return await service.engine.decoding.run_admitted(decode, data, service.decode_limits, param, control)


def _decode_given(source: Source, limits: DecodeLimits, control: JobControl) -> Audio:
    data = source.upload
    if data is None:
        text = source.base64 or ""
        check_size(len(text) * 3 // 4 - 512, source.param, limits.max_bytes)
        data = from_base64(text, source.param)
    return decode(data, limits, source.param, control)


def from_base64(text: str, param: str) -> bytes:
    """The bytes of strict base64; a `data:` address and line breaks are allowed. Raises BadAudio."""
    prefix = _DATA_URL.match(text)
    if prefix and not prefix.group().endswith(";base64,"):
        raise AddressWithoutBase64(param=param)
    packed = "".join((text[prefix.end() :] if prefix else text).split())
    try:
        if "=" in packed[:-2]:
            raise ValueError("padding before the end")
        slices = (packed[start : start + SLICE_CHARS] for start in range(0, len(packed), SLICE_CHARS))
        return b"".join(binascii.a2b_base64(part, strict_mode=True) for part in slices)
    except ValueError as error:
        raise InvalidBase64(param=param) from error
