"""Which device the neural backend computes on, and how much memory is left there."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from app.engine.errors import Unavailable
from app.engine.facts.reasons import DeviceMapUnusable, NoDevice
from app.engine.machine import available_memory_bytes

logger = logging.getLogger(__name__)

CPU_WARNING = (
    "The neural backend runs on the CPU: a second of speech takes minutes there. A CUDA device makes it usable; "
    "--backend embedded is quick on any machine."
)


def has_cuda() -> bool:
    """True if torch can compute on a CUDA device here."""
    return torch.cuda.is_available()


def choose_device(device_map: str, *, is_explicit: bool) -> torch.device:
    """The device that `--device-map` names; on the CPU one warning speaks of its speed.

    `auto`, and `cuda` when nobody asked for it (`is_explicit` False), become the CPU where there is no CUDA device.
    Raises Unavailable for a CUDA device that was asked for and is not there.
    """
    wanted = "cuda" if device_map == "auto" else device_map
    try:
        device = usable(wanted)
    except Unavailable as fault:
        if is_explicit and device_map != "auto":
            raise Unavailable(DeviceMapUnusable(device_map, fault)) from None
        device = torch.device("cpu")
    if device.type == "cpu":
        logger.warning(CPU_WARNING)
        return device
    _tf32.turn_on()  # the decoder computes in float32, and TF32's 10 bits are enough for sound
    logger.info("TF32 is on for CUDA matrix products and cuDNN")
    return torch.device("cuda", device.index or 0)


def usable(device: str | torch.device) -> torch.device:
    """The device, if torch can compute on it. Raises Unavailable for a CUDA device that is not there."""
    place = torch.device(device)
    if place.type == "cuda" and (place.index or 0) >= _n_cuda_devices():
        raise Unavailable(NoDevice(str(place), _n_cuda_devices()))
    return place


def free_bytes(device: torch.device) -> int:
    """Memory that a new model may take on the device."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    available = available_memory_bytes()
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if available is None else available


def give_back(device: torch.device) -> None:
    """Return memory that torch keeps for later use but no tensor holds."""
    if device.type == "cuda":
        torch.cuda.empty_cache()


def _n_cuda_devices() -> int:
    return torch.cuda.device_count() if has_cuda() else 0


@contextmanager
def exact_products() -> Iterator[None]:
    """While inside, float32 products on CUDA are exact: TF32 would flip codes, which are nearest neighbours.

    The switch is the whole process's. What other threads compute meanwhile is only slower.
    """
    _tf32.suspend()
    try:
        yield
    finally:
        _tf32.resume()


class _Tf32:
    """torch's switch for TF32 in float32 products, which is one for the process; those who suspend it are counted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_wanted = False
        self._n_suspended = 0

    def turn_on(self) -> None:
        with self._lock:
            self._is_wanted = True
            self._apply()

    def suspend(self) -> None:
        with self._lock:
            self._n_suspended += 1
            self._apply()

    def resume(self) -> None:
        with self._lock:
            self._n_suspended -= 1
            self._apply()

    def _apply(self) -> None:
        if self._is_wanted:  # else it is none of our business
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = not self._n_suspended


_tf32 = _Tf32()
