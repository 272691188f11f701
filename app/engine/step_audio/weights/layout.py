"""How the weights of the neural backend lie on disk: names of repositories, folders and files, as their authors chose.

A root folder holds one folder per repository. The decoder comes inside the folders of the language model.
"""

from __future__ import annotations

from types import MappingProxyType

ORGANISATION = "stepfun-ai"
TOKENIZER = "Step-Audio-Tokenizer"
DECODER = "CosyVoice-300M-25Hz"

# Language models by variant, the preferred first. No hub has the `bnb` folder: tools/quantize_bnb.py makes it, and
# without it this variant is quantised from `base` while loading.
MODELS = MappingProxyType(
    {"base": "Step-Audio-EditX", "awq": "Step-Audio-EditX-AWQ-4bit", "bnb": "Step-Audio-EditX-bnb-4bit"}
)

# The folder of the linguistic encoder is named by the id of the model it was taken from.
LINGUISTIC_ENCODER = "dengcunqin/speech_paraformer-large_asr_nat-zh-cantonese-en-16k-vocab8501-online"
TOKENIZER_FILES = (
    "linguistic_tokenizer.npy",
    "speech_tokenizer_v1.onnx",
    f"{LINGUISTIC_ENCODER}/am.mvn",
    f"{LINGUISTIC_ENCODER}/config.yaml",
    f"{LINGUISTIC_ENCODER}/model.pt",
)
DECODER_PARTS = ("cosyvoice.yaml", "flow.pt", "hift.pt", "campplus.onnx")
DECODER_FILES = tuple(f"{DECODER}/{name}" for name in DECODER_PARTS)
CONFIG = "config.json"
TEXT_TOKENIZER = "tokenizer.model"
SHARD_INDEX = "model.safetensors.index.json"
SINGLE_SHARD = "model.safetensors"

MANIFEST = ".editx-manifest.json"
PART_SUFFIX = ".part"  # a download under way; never taken for the file itself
