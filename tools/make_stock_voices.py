"""Make app/assets/embedded/stock_voices.npz from the voice files of the npm package kokoro-js 1.2.1.

    python tools/make_stock_voices.py [--package FOLDER] [--audio MODELS_FOLDER]

Without --package the package is fetched by `npm pack` (nothing of it is installed or run). The voices are accepted by
SHA-256. Prints the error of the compact form; with --audio also its effect on speech.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from app.engine.embedded.voice.stock_voices import ASSET, StockVoices

PACKAGE = "kokoro-js@1.2.1"
VOICES_SHA256 = "b89b16e8843463c5a16d45f3904df4c7d0d2a2fdb3997acfb1adc443ec4b4417"  # all files joined in name order
RANK = 10  # the singular values fall by five orders of magnitude up to here and hardly any further
SHAPE = (510, 256)
SPOKEN = {  # phonemes of one short and two usual passages
    "short": "həlˈO ðˈɛɹ.",
    "sentence": "ðə kwˈɪk bɹˈWn fˈɑks ʤˈʌmps ˈOvəɹ ðə lˈAzi dˈɔɡ, ænd ðə ɹˈɪvəɹ flˈOz tə ðə sˈi.",
    "question": "kʊd ju plˈiz tˈɛl mi hwˈɛɹ ðə nˈɪɹəst stˈAʃən ɪz?",
}
RENDERED = ("af_heart", "am_michael", "bm_george", "zf_xiaoxiao", "zm_yunxi", "jf_alpha")


def main() -> None:
    """Make the asset and print what it cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", type=Path, help="folder of the unpacked npm package")
    parser.add_argument("--audio", type=Path, help="folder with the Kokoro part: compare speech, too")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as workspace:
        originals = read_voices(options.package or npm_package(Path(workspace)))
    write_asset(originals)
    print(f"{ASSET.name}: {ASSET.stat().st_size / 1e6:.2f} MB, {len(originals)} voices")
    print_style_errors(originals)
    if options.audio:
        print_audio_errors(originals, options.audio)


def npm_package(workspace: Path) -> Path:
    """The package fetched and unpacked below `workspace`."""
    subprocess.run(["npm", "pack", PACKAGE, "--silent"], cwd=workspace, check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(next(workspace.glob("*.tgz"))) as archive:
        archive.extractall(workspace, filter="data")
    return workspace / "package"


def read_voices(package: Path) -> dict[str, np.ndarray]:
    """Name -> styles `[510, 256]`, in name order. Exits if the bytes are not the expected ones."""
    files = sorted((package / "voices").glob("*.bin"))
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    if digest != VOICES_SHA256:
        sys.exit(f"the voices have SHA-256 {digest}, wanted {VOICES_SHA256}")
    return {file.stem: np.fromfile(file, np.float32).reshape(SHAPE) for file in files}


def write_asset(originals: dict[str, np.ndarray]) -> None:
    """Factor each voice around its mean row and keep RANK directions."""
    voices = np.stack(list(originals.values())).astype(np.float64)
    means = voices.mean(axis=1, keepdims=True)
    u, s, vt = np.linalg.svd(voices - means, full_matrices=False)
    ASSET.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        ASSET,
        names=np.array(list(originals)),
        means=means[:, 0].astype(np.float32),
        rows=(u[:, :, :RANK] * s[:, None, :RANK]).astype(np.float32),
        directions=vt[:, :RANK].astype(np.float32),
    )


def print_style_errors(originals: dict[str, np.ndarray]) -> None:
    """Relative error of the styles, per voice and over all."""
    voices = StockVoices()
    errors = {}
    for name, styles in originals.items():
        ours = np.stack([voices.style(name, row) for row in range(SHAPE[0])])
        errors[name] = np.linalg.norm(ours - styles, axis=1) / np.linalg.norm(styles, axis=1)
    print(f"{'voice':16} {'mean error':>11} {'max error':>11}")
    for name, error in errors.items():
        print(f"{name:16} {error.mean():11.2e} {error.max():11.2e}")
    everything = np.concatenate(list(errors.values()))
    print(f"{'all':16} {everything.mean():11.2e} {everything.max():11.2e}")


def print_audio_errors(originals: dict[str, np.ndarray], models: Path) -> None:
    """What the compact form does to durations and F0 (all voices) and to the spectrum (some)."""
    from app.engine.embedded.voice.kokoro import Kokoro
    from app.engine.parts.parts import Parts

    kokoro, voices = Kokoro(Parts(models, offline=True), threads=2), StockVoices()
    same_durations, f0_changes, correlations = 0, [], []
    for name, styles in originals.items():
        for phonemes in SPOKEN.values():
            theirs = kokoro.plan(phonemes, styles[len(phonemes)])
            ours = kokoro.plan(phonemes, voices.style(name, len(phonemes)))
            if not np.array_equal(theirs.durations, ours.durations):
                continue
            same_durations += 1
            both = theirs.voiced & ours.voiced
            f0_changes.append(np.abs(12 * np.log2(ours.f0_hz[both] / theirs.f0_hz[both])).mean())
            if name in RENDERED and phonemes == SPOKEN["sentence"]:
                sounds = (
                    kokoro.render(theirs, styles[len(phonemes)]),
                    kokoro.render(ours, voices.style(name, len(phonemes))),
                )
                correlations.append(np.corrcoef([log_spectrum(sound.samples).ravel() for sound in sounds])[0, 1])
    n_plans = len(originals) * len(SPOKEN)
    print(f"equal durations: {same_durations} of {n_plans}")
    print(f"F0 change, semitones: mean {np.mean(f0_changes):.4f}, largest of a passage {np.max(f0_changes):.4f}")
    print(f"log-spectral correlation of {len(correlations)} sentences: least {np.min(correlations):.5f}")


def log_spectrum(samples: np.ndarray) -> np.ndarray:
    """Power in dB of 40 ms frames, floored at -80 dB."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, 960)[::480] * np.hanning(960)
    return 10 * np.log10(np.abs(np.fft.rfft(frames)) ** 2 + 1e-8)


if __name__ == "__main__":
    main()
