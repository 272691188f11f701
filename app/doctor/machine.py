"""The machine: CUDA device, driver and architecture, free memory and disk."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from app.doctor.findings import Finding, failed, gigabytes, passed, warned
from app.engine import backends
from app.engine.machine import available_memory_bytes
from app.settings import Settings

DRIVER_QUERY_TIMEOUT_S = 30
EMBEDDED_MEMORY_BYTES = 1_500_000_000  # twice the peak in docs/performance.md
NEEDED_DISK_BYTES = 2_000_000_000  # of the cache, saved voices and logs
NATIVE_BFLOAT16 = (8, 0)  # Ampere; older devices compute it by way of float32

Judge = Callable[[str, str, str], Finding]  # `warned` or `failed`


@dataclass(frozen=True, slots=True)
class CudaDevice:
    """One device as torch sees it; memory in bytes."""

    name: str
    capability: tuple[int, int]
    free_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class CudaFacts:
    """`built_for` is the CUDA release torch was built for, None for a CPU build; `architectures` are its kernels'."""

    built_for: str | None
    driver: str | None
    architectures: tuple[str, ...] = ()
    devices: tuple[CudaDevice, ...] = ()


def machine_findings(settings: Settings) -> Iterator[Finding]:
    """All checks of the machine. Imports torch."""
    facts = cuda_facts()
    yield from cuda_findings(facts, settings)
    yield memory_finding(available_memory_bytes(), EMBEDDED_MEMORY_BYTES)
    for folder in dict.fromkeys((settings.models_dir, settings.cache_dir)):
        yield disk_finding(folder)


def cuda_facts() -> CudaFacts:
    """What torch and the driver say; without torch, as without a device."""
    if find_spec("torch") is None:
        return CudaFacts(None, _driver(), (), ())
    import torch

    devices = tuple(_device(number) for number in range(torch.cuda.device_count())) if torch.cuda.is_available() else ()
    return CudaFacts(torch.version.cuda, _driver(), tuple(torch.cuda.get_arch_list()), devices)


def cuda_findings(facts: CudaFacts, settings: Settings) -> Iterator[Finding]:
    """Whether a backend can compute on a CUDA device; a failure only when --device-map asks for one."""
    entry = backends.BACKENDS.get(settings.backend)  # none while the choice is left
    is_wanted = entry is not None and entry.wants_cuda(settings)
    names_device = is_wanted and "device_map" in settings.model_fields_set and settings.device_map != "auto"
    judged = failed if names_device else warned
    if not facts.devices:
        yield _no_driver(is_wanted, judged) if facts.driver is None else _no_device(facts, judged)
        return
    for device in facts.devices:
        if not _has_kernels(device.capability, facts.architectures):
            yield judged(
                "CUDA device",
                f"{device.name} is of architecture {_dotted(device.capability)};"
                f" this torch has kernels for {', '.join(facts.architectures)}",
                "Install a build of torch for this device, or use --device-map cpu.",
            )
        elif settings.torch_dtype == "bfloat16" and device.capability < NATIVE_BFLOAT16:
            yield warned("CUDA device", f"{device.name} has no bfloat16 of its own", "Use --torch-dtype float16.")
        else:
            yield passed(
                "CUDA device",
                f"{device.name}, architecture {_dotted(device.capability)}, driver {facts.driver or 'unknown'},"
                f" CUDA {facts.built_for}, {gigabytes(device.free_bytes)} of {gigabytes(device.total_bytes)} free",
            )


def memory_finding(available_bytes: int | None, needed_bytes: int) -> Finding:
    """Main memory that a start can take."""
    if available_bytes is None:
        return warned("memory", "how much is free cannot be read here", f"{gigabytes(needed_bytes)} are needed.")
    seen = f"{gigabytes(available_bytes)} free"
    if available_bytes < needed_bytes:
        return warned(
            "memory", f"{seen}; {gigabytes(needed_bytes)} are needed", "End other programs, or raise the limit."
        )
    return passed("memory", seen)


def disk_finding(folder: Path) -> Finding:
    """Room for what the service writes, on the disk of a folder that need not exist yet."""
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free_bytes = shutil.disk_usage(place).free
    seen = f"{gigabytes(free_bytes)} free for {folder}"
    if free_bytes < NEEDED_DISK_BYTES:
        return warned("disk", seen, f"Make room: {gigabytes(NEEDED_DISK_BYTES)} should be free.")
    return passed("disk", seen)


def _no_driver(is_wanted: bool, judged: Judge) -> Finding:
    if not is_wanted:
        return passed("CUDA device", "none, and no NVIDIA driver")
    return judged(
        "CUDA device",
        "none, and no NVIDIA driver: the backend that is asked for can only run on the CPU, very slowly",
        "Install the NVIDIA driver, or take --device-map cpu or --backend embedded.",
    )


def _no_device(facts: CudaFacts, judged: Judge) -> Finding:
    if facts.built_for is None:
        return judged(
            "CUDA device",
            f"driver {facts.driver} is here, but this torch is built for the CPU",
            "Delete .venv and run ./start_unified.sh: it installs the CUDA build where it sees a device.",
        )
    return judged(
        "CUDA device",
        f"driver {facts.driver} is here, but torch (CUDA {facts.built_for}) can use no device",
        f"Update the driver to one for CUDA {facts.built_for}, and look at CUDA_VISIBLE_DEVICES.",
    )


def _has_kernels(capability: tuple[int, int], architectures: tuple[str, ...]) -> bool:
    """Machine code (sm) runs on devices of its own major version; intermediate code (compute) on all later ones."""
    for kind, major, minor in (_parsed(name) for name in architectures):
        if (major, minor) <= capability and (kind == "compute" or major == capability[0]):
            return True
    return False


def _parsed(architecture: str) -> tuple[str, int, int]:
    """`sm_90a` is ("sm", 9, 0), `compute_120` is ("compute", 12, 0)."""
    kind, digits = re.fullmatch(r"(\w+?)_(\d+)\w*", architecture).groups()  # type: ignore[union-attr]
    return kind, int(digits[:-1]), int(digits[-1])


def _device(number: int) -> CudaDevice:
    import torch

    free_bytes, total_bytes = torch.cuda.mem_get_info(number)
    name, capability = torch.cuda.get_device_name(number), torch.cuda.get_device_capability(number)
    return CudaDevice(name, capability, free_bytes, total_bytes)


def _driver() -> str | None:
    """The release of the NVIDIA driver, if there is one."""
    command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=DRIVER_QUERY_TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.split("\n")[0].strip() or None


def _dotted(capability: tuple[int, int]) -> str:
    return ".".join(map(str, capability))
