"""The id layout of the Step1 vocabulary: the only place that knows which number means what.

Fixed by the published `tokenizer.model` (74752 pieces). Text pieces and reserved symbols come first, then one symbol
for each of 9216 audio codes, of which the codec uses 5120: a codebook of 1024 (vq02) and one of 4096 (vq06).
"""

from __future__ import annotations

VOCABULARY_SIZE = 74_752
UNKNOWN_ID, BOS_ID, EOS_ID, END_OF_TURN_ID, BEGIN_OF_TURN_ID = range(5)
BYTE_IDS = range(68, 324)  # <0x00> to <0xFF>
TEXT_IDS = range(BYTE_IDS.start, 65_536)  # everything that plain text may become: bytes and text pieces
AUDIO_IDS = range(65_536, VOCABULARY_SIZE)  # <audio_0> to <audio_9215>


def audio_ids(codes: range) -> range:
    """The ids of a range of mixed codes."""
    return range(AUDIO_IDS.start + codes.start, AUDIO_IDS.start + codes.stop)
