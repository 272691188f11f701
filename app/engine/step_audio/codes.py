"""AudioCodes: what the audio tokenizer finds in a clip, and the one table of how its two streams are interleaved.

Two linguistic codes (vq02, 16.7 a second) and three semantic ones (vq06, 25 a second) make one group of 120 ms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

N_VQ02, N_VQ06 = 1024, 4096  # codes of each stream
GROUP_VQ02, GROUP_VQ06 = 2, 3  # codes of each stream in one group
GROUP_S = 0.12

VQ02_CODES = range(N_VQ02)
VQ06_CODES = range(N_VQ02, N_VQ02 + N_VQ06)  # shifted behind the other stream
CODES = range(VQ06_CODES.stop)
PATTERN = (VQ02_CODES,) * GROUP_VQ02 + (VQ06_CODES,) * GROUP_VQ06  # which codes stand at each place of a group
CODES_PER_S = len(PATTERN) / GROUP_S


@dataclass(frozen=True, slots=True)
class AudioCodes:
    """The codes of one clip: `vq02` in 0..1023, `vq06` in 0..4095. Raises ValueError for a code outside."""

    vq02: list[int]
    vq06: list[int]

    def __post_init__(self) -> None:
        _check("vq02", self.vq02, N_VQ02)
        _check("vq06", self.vq06, N_VQ06)

    def mixed(self) -> list[int]:
        """Groups of 2 + 3 codes, vq06 moved up by 1024: 0..5119. What fills no whole group is left out."""
        n_groups = min(len(self.vq02) // GROUP_VQ02, len(self.vq06) // GROUP_VQ06)
        mixed = []
        for n in range(n_groups):
            mixed += self.vq02[n * GROUP_VQ02 : (n + 1) * GROUP_VQ02]
            mixed += [N_VQ02 + code for code in self.vq06[n * GROUP_VQ06 : (n + 1) * GROUP_VQ06]]
        return mixed

    def prompt_string(self) -> str:
        """The mixed codes as the language model's prompt spells them: `<audio_5><audio_17><audio_1030>...`."""
        return "".join(f"<audio_{code}>" for code in self.mixed())

    def to_json(self) -> dict[str, list[int]]:
        """Plain lists and a dict."""
        return {"vq02": list(self.vq02), "vq06": list(self.vq06)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> AudioCodes:
        """The codes again. Raises ValueError for anything that `to_json` does not write."""
        if set(data) != {"vq02", "vq06"}:
            raise ValueError(f"not audio codes: {', '.join(map(str, data))}")
        return cls(data["vq02"], data["vq06"])


def _check(name: str, codes: list[int], n_codes: int) -> None:
    if not isinstance(codes, list) or not all(type(code) is int and 0 <= code < n_codes for code in codes):
        raise ValueError(f"'{name}' must be a list of whole numbers from 0 to {n_codes - 1}")
