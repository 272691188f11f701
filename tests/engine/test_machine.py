"""Memory that is taken, and memory that is left."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np

from app.engine.machine import available_memory_bytes, keep_little_memory, process_memory_bytes, settle

MIB = 1024 * 1024


def test_the_memory_of_the_process_is_told_in_bytes_and_grows_with_what_it_holds():
    before = process_memory_bytes()
    held = np.ones(64 * MIB, np.uint8)
    assert 10 * MIB < before < 64 * 1024 * MIB
    assert process_memory_bytes() - before > 0.9 * held.nbytes


def test_large_blocks_that_are_freed_leave_no_holes_behind():
    keep_little_memory()
    before = process_memory_bytes()
    kept = []
    for _ in range(10):
        freed = np.ones(4 * MIB, np.uint8)
        kept.append(np.ones(64 * 1024, np.uint8))  # lies behind the large block, wherever that is
        del freed
    assert process_memory_bytes() - before < 16 * MIB, "holes would be 40"


def test_what_the_program_is_made_of_is_not_looked_through_again():
    held = [[n] for n in range(1000)]
    try:
        settle()
        assert gc.get_freeze_count() > len(held)
    finally:
        gc.unfreeze()


def test_memory_is_that_of_the_container_if_it_is_less(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 9000000 kB\nMemFree: 1 kB\nMemAvailable:    8000000 kB\n")
    assert available_memory_bytes(meminfo, tmp_path) == 8_000_000 * 1024
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("5\n")
    assert available_memory_bytes(meminfo, tmp_path) == 8_000_000 * 1024
    (tmp_path / "memory.max").write_text("3000\n")
    (tmp_path / "memory.current").write_text("1000\n")
    (tmp_path / "memory.stat").write_text("active_file 70\ninactive_file 500\n")
    assert available_memory_bytes(meminfo, tmp_path) == 2500, "file caches give way"
    assert available_memory_bytes(tmp_path / "none", tmp_path / "none") is None
