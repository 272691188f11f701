"""Make a complete, tiny model root with random weights, in the file formats of the published one.

    python -m tools.make_tiny_models FOLDER [--seed N] [--hidden N ...]

`FOLDER` gets `Step-Audio-Tokenizer/` and `Step-Audio-EditX/` (with `CosyVoice-300M-25Hz/`). What comes out of such a
model is noise, but every file is read, every shape fits and every step runs, in milliseconds on any machine: it is what
the tests of the neural backend run on. The same seed and sizes give the same bytes. Names and shapes are those of the
published checkpoints; only the sizes that the flags list differ, the vocabularies are the real ones.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from tools.tiny_models.audio_tokenizer import write_audio_tokenizer
from tools.tiny_models.decoder import write_decoder
from tools.tiny_models.language_model import write_language_model
from tools.tiny_models.text_tokenizer import write_text_tokenizer
from tools.tiny_models.weights import Sizes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    for field in dataclasses.fields(Sizes):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=int, default=field.default)
    given = vars(parser.parse_args())
    folder, seed = given.pop("folder"), given.pop("seed")
    make_root(folder, seed, Sizes(**given))
    n_bytes = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    print(f"{folder}: {n_bytes / 1e6:.1f} MB of random weights")


def make_root(folder: Path, seed: int = 0, sizes: Sizes | None = None) -> None:
    """Write both model folders into `folder`."""
    sizes = sizes or Sizes()
    model = folder / "Step-Audio-EditX"
    write_audio_tokenizer(folder / "Step-Audio-Tokenizer", seed, sizes)
    write_decoder(model / "CosyVoice-300M-25Hz", seed, sizes)
    write_language_model(model, seed, sizes)
    write_text_tokenizer(model)


if __name__ == "__main__":
    main()
