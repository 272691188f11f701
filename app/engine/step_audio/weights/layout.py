"""How the weights of the neural backend lie on disk: names of repositories, folders and files, as their authors chose.

A root folder holds one folder per repository. The decoder comes inside the folders of the language model.
"""

from __future__ import annotations

from types import MappingProxyType

from app.model_variants import MODEL_VARIANTS

ORGANISATION = "stepfun-ai"
TOKENIZER = "Step-Audio-Tokenizer"
DECODER = "CosyVoice-300M-25Hz"

MODELS = MappingProxyType({name: variant.folder for name, variant in MODEL_VARIANTS.items()})  # the preferred first

# The folder of the linguistic encoder is named by the id of the model it was taken from.
LINGUISTIC_ENCODER = "dengcunqin/speech_paraformer-large_asr_nat-zh-cantonese-en-16k-vocab8501-online"
CENTROIDS = "linguistic_tokenizer.npy"
SEMANTIC_GRAPH = "speech_tokenizer_v1.onnx"
LINGUISTIC_CMVN = f"{LINGUISTIC_ENCODER}/am.mvn"
LINGUISTIC_CONFIG = f"{LINGUISTIC_ENCODER}/config.yaml"
LINGUISTIC_WEIGHTS = f"{LINGUISTIC_ENCODER}/model.pt"
TOKENIZER_FILES = (CENTROIDS, SEMANTIC_GRAPH, LINGUISTIC_CMVN, LINGUISTIC_CONFIG, LINGUISTIC_WEIGHTS)

DECODER_CONFIG, FLOW, VOCODER, SPEAKER_MODEL = DECODER_PARTS = (
    "cosyvoice.yaml",
    "flow.pt",
    "hift.pt",
    "campplus.onnx",
)
DECODER_FILES = tuple(f"{DECODER}/{name}" for name in DECODER_PARTS)

CONFIG = "config.json"
TEXT_TOKENIZER = "tokenizer.model"
SHARD_INDEX = "model.safetensors.index.json"
SINGLE_SHARD = "model.safetensors"

MANIFEST = ".editx-manifest.json"
