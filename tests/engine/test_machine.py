"""What this process takes of the machine."""

from __future__ import annotations

import numpy as np

from app.engine.machine import process_memory_bytes

MIB = 1024 * 1024


def test_the_memory_of_the_process_is_told_in_bytes_and_grows_with_what_it_holds():
    before = process_memory_bytes()
    held = np.ones(64 * MIB, np.uint8)
    assert 10 * MIB < before < 64 * 1024 * MIB
    assert process_memory_bytes() - before > 0.9 * held.nbytes
