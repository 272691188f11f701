"""Make `app/assets/embedded/stock_table.npz`: speaker embedding and long-term spectrum of each stock voice.

    python -m tools.make_stock_table models/embedded [--clips FOLDER]

Ten seconds of speech per voice: about a quarter of an hour on two cores. With `--clips` the speech is kept in that
folder as FLAC and not made again when it is there, so that a broken-off run goes on where it ended.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import soundfile

from app.engine.embedded.voice.equaliser import long_term_spectrum
from app.engine.embedded.voice.kokoro import Kokoro
from app.engine.embedded.voice.stock_table import TABLE_PATH
from app.engine.embedded.voice.stock_voices import StockVoices
from app.engine.hearing.speaker import SpeakerEncoder
from app.engine.parts.parts import Parts
from app.engine.sound.audio import Audio, joined

# Sentences rich in different sounds, in the language the voice speaks; voices of further languages read the English.
SENTENCES = {
    "en": (
        "ði bˈY fˈWnd sˈɛvən lˈɑɹʤ fˈɪʃ nˌɪɹ ði kˈOld ɹˈɪvəɹ, ænd hɪz fˈɑðəɹ lˈæft əbˈWt ɪt ˈɔl dˈA.",
        "wi jˈuʒəwəli ʧˈuz ðə jˈʌŋ ʤˈʌʤ, bˌʌt ʃi wʊd ɹˈæðəɹ θˈæŋk bˈOθ ʌv ðˌɛm fɔɹ ɐ ɡˈʊd jˈɪɹ.",
    ),
    "zh": (
        "ꭧʰwə→ntʰjɛ→n lai↗ lɤ, ɥɛ↘nʦɨ li↓ kʰai→ma↓n lɤ xʊ↗ŋsɤ↘ xɤ↗ ʦɨ↓sɤ↘ tɤ xwa→, "
        "xai↗ʦɨ mən kau→ɕi↘ŋ ti↘ pʰau↓ ꭧʰu→ʨʰy↘wa↗n.",
        "wo↓ ʦwo↗tʰjɛ→n mai↓ lɤ i→pə↓n xə↓n jou↓i↘sɨ tɤ ʂu→, wa↓nʂa↘ŋ xɤ→ ꭧɤ ɻɤ↘ꭧʰa↗ ma↘nma↘n ti↘tu↗.",
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, help="folder of the embedded engine's weights")
    parser.add_argument("--clips", type=Path)
    arguments = parser.parse_args()

    kokoro, voices = Kokoro(Parts(arguments.models, offline=True), threads=2), StockVoices()
    encoder = SpeakerEncoder()
    embeddings, spectra = [], []
    for name in voices.names:
        speech = joined(
            [kept(arguments.clips, f"{name}_{i}", kokoro, voices, name, i) for i in range(len(SENTENCES["en"]))]
        )
        embeddings.append(encoder.embed(speech))
        spectra.append(long_term_spectrum(speech))
        print(f"{name}: {speech.duration_s:.1f} s", flush=True)
    np.savez(TABLE_PATH, names=voices.names, embeddings=np.array(embeddings), spectra=np.array(spectra, np.float32))
    print(f"{TABLE_PATH.name}: {TABLE_PATH.stat().st_size} bytes")


def kept(folder: Path | None, clip: str, kokoro: Kokoro, voices: StockVoices, name: str, sentence: int) -> Audio:
    """One sentence of a voice: from the folder if it is there, else spoken now (and kept)."""
    path = folder / f"{clip}.flac" if folder else None
    if path and path.exists():
        samples, rate = soundfile.read(path, dtype="float32")
        return Audio(samples, rate)
    audio = spoken(kokoro, voices, name, sentence)
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, audio.samples, audio.sample_rate)
    return audio


def spoken(kokoro: Kokoro, voices: StockVoices, name: str, sentence: int) -> Audio:
    language = "zh" if voices.info(name)[0].startswith("zh") else "en"
    phonemes = SENTENCES[language][sentence]
    style = voices.style(name, len(phonemes))
    return kokoro.render(kokoro.plan(phonemes, style), style)


if __name__ == "__main__":
    main()
