"""The files of a tiny `Step-Audio-Tokenizer`: a FunASR folder, centroids, and the graph of vq06."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from onnx import TensorProto, helper, numpy_helper

from app.engine.step_audio.codes import N_VQ02, N_VQ06
from tools.tiny_models.weights import N_MELS, Sizes, Weights, save_graph

PARAFORMER = "dengcunqin/speech_paraformer-large_asr_nat-zh-cantonese-en-16k-vocab8501-online"
N_LFR, N_WHISPER_MELS = 560, 128  # features a frame, of vq02 and of vq06
FSMN_KERNEL = 11


def write_audio_tokenizer(folder: Path, seed: int, sizes: Sizes) -> None:
    """Write the whole folder."""
    (folder / PARAFORMER).mkdir(parents=True, exist_ok=True)
    write_paraformer(folder / PARAFORMER, seed, sizes)
    centroids = Weights(seed, "linguistic").normal("centroids", N_VQ02, sizes.paraformer_width, std=1.0)
    np.save(folder / "linguistic_tokenizer.npy", centroids.numpy())
    write_vq06(folder / "speech_tokenizer_v1.onnx", seed, sizes.vq06_width)


def write_paraformer(folder: Path, seed: int, sizes: Sizes) -> None:
    """The FunASR model folder: a whole streaming Paraformer, of which vq02 uses the encoder."""
    width = sizes.paraformer_width
    characters = ["<blank>", "<s>", "</s>", *(chr(0x4E00 + n) for n in range(60)), "<unk>"]
    torch.save(paraformer_weights(seed, sizes, len(characters)), folder / "model.pt")
    (folder / "tokens.json").write_text(json.dumps(characters, ensure_ascii=False), encoding="utf-8")
    (folder / "tokens.txt").write_text("\n".join(characters) + "\n", encoding="utf-8")
    (folder / "seg_dict").write_text("a a\n", encoding="utf-8")
    files = {"init_param": "model.pt", "config": "config.yaml", "frontend_conf": {"cmvn_file": "am.mvn"}}
    files["tokenizer_conf"] = {"token_list": "tokens.json", "seg_dict_file": "seg_dict"}
    about = {"framework": "pytorch", "task": "auto-speech-recognition", "model": {"type": "funasr"}}
    (folder / "configuration.json").write_text(json.dumps({**about, "file_path_metas": files}, indent=2))
    (folder / "config.yaml").write_text(paraformer_yaml(width, sizes.paraformer_layers), encoding="utf-8")
    shifts = np.tile(np.linspace(-9.0, -13.5, N_MELS), N_LFR // N_MELS)
    scales = np.tile(np.linspace(0.26, 0.34, N_MELS), N_LFR // N_MELS)
    (folder / "am.mvn").write_text(
        f"<Nnet> \n<Splice> {N_LFR} {N_LFR} \n[ 0 ]\n"
        f"<AddShift> {N_LFR} {N_LFR} \n<LearnRateCoef> 0 [ {' '.join(f'{x:.6f}' for x in shifts)} ]\n"
        f"<Rescale> {N_LFR} {N_LFR} \n<LearnRateCoef> 0 [ {' '.join(f'{x:.6f}' for x in scales)} ]\n</Nnet> \n"
    )


def paraformer_weights(seed: int, sizes: Sizes, n_characters: int) -> dict[str, torch.Tensor]:
    weights, width = Weights(seed, "paraformer"), sizes.paraformer_width
    inner = 2 * width
    for n in range(sizes.paraformer_layers):
        layer = "encoder.encoders0.0" if n == 0 else f"encoder.encoders.{n - 1}"
        n_in = N_LFR if n == 0 else width
        weights.linear(f"{layer}.self_attn.linear_q_k_v", 3 * width, n_in)
        weights.linear(f"{layer}.self_attn.linear_out", width, width)
        weights.linear(f"{layer}.self_attn.fsmn_block", width, 1, FSMN_KERNEL, bias=False)
        weights.linear(f"{layer}.feed_forward.w_1", inner, width)
        weights.linear(f"{layer}.feed_forward.w_2", width, inner)
        weights.norm(f"{layer}.norm1", n_in)
        weights.norm(f"{layer}.norm2", width)
    weights.norm("encoder.after_norm", width)
    weights.normal("decoder.embed.0.weight", n_characters, width, std=1.0)
    weights.norm("decoder.after_norm", width)
    weights.linear("decoder.output_layer", n_characters, width)
    weights.linear("decoder.decoders.0.self_attn.fsmn_block", width, 1, FSMN_KERNEL, bias=False)
    weights.linear("decoder.decoders.0.src_attn.linear_q", width, width)
    weights.linear("decoder.decoders.0.src_attn.linear_k_v", 2 * width, width)
    weights.linear("decoder.decoders.0.src_attn.linear_out", width, width)
    for layer, norms in (("decoder.decoders.0", 3), ("decoder.decoders3.0", 1)):
        weights.linear(f"{layer}.feed_forward.w_1", inner, width)
        weights.linear(f"{layer}.feed_forward.w_2", width, inner, bias=False)
        weights.norm(f"{layer}.feed_forward.norm", inner)
        for n in range(norms):
            weights.norm(f"{layer}.norm{n + 1}", width)
    weights.linear("predictor.cif_conv1d", width, width, 3)
    weights.linear("predictor.cif_output", 1, width)
    return weights.tensors


def paraformer_yaml(width: int, n_layers: int) -> str:
    attention = f"attention_heads: 4, linear_units: {2 * width}, kernel_size: {FSMN_KERNEL}"
    return f"""model: ParaformerStreaming
model_conf: {{ctc_weight: 0.0, lsm_weight: 0.1, length_normalized_loss: true, predictor_weight: 1.0, predictor_bias: 1,
  sampling_ratio: 0.75}}
encoder: SANMEncoderChunkOpt
encoder_conf: {{output_size: {width}, {attention}, num_blocks: {n_layers}, dropout_rate: 0.1,
  positional_dropout_rate: 0.1, attention_dropout_rate: 0.1, input_layer: pe_online,
  pos_enc_class: SinusoidalPositionEncoder, normalize_before: true, sanm_shfit: 0, selfattention_layer_type: sanm,
  chunk_size: [12, 15], stride: [8, 10], pad_left: [0, 0],
  encoder_att_look_back_factor: [4, 4], decoder_att_look_back_factor: [1, 1]}}
decoder: ParaformerSANMDecoder
decoder_conf: {{{attention}, num_blocks: 1, att_layer_num: 1, dropout_rate: 0.1, positional_dropout_rate: 0.1,
  self_attention_dropout_rate: 0.1, src_attention_dropout_rate: 0.1, sanm_shfit: 5}}
predictor: CifPredictorV2
predictor_conf: {{idim: {width}, threshold: 1.0, l_order: 1, r_order: 1, tail_threshold: 0.45}}
frontend: WavFrontendOnline
frontend_conf: {{fs: 16000, window: hamming, n_mels: {N_MELS}, frame_length: 25, frame_shift: 10, lfr_m: 7, lfr_n: 6}}
tokenizer: CharTokenizer
tokenizer_conf: {{unk_symbol: <unk>, split_with_space: true}}
ctc_conf: {{dropout_rate: 0.0, ctc_type: builtin, reduce: true, ignore_nan_grad: true}}
normalize: null
"""


def write_vq06(path: Path, seed: int, width: int) -> None:
    """Two convolutions that halve the rate, then the nearest of 4096 directions: 25 codes a second."""
    weights = Weights(seed, "vq06")
    weights.linear("conv1", width, N_WHISPER_MELS, 3)
    weights.linear("conv2", width, width, 3)
    weights.normal("codebook", width, N_VQ06, std=1.0)
    halving = {"kernel_shape": [3], "strides": [2], "pads": [1, 1]}
    nodes = [
        helper.make_node("Conv", ["feats", "conv1.weight", "conv1.bias"], ["x1"], **halving),
        helper.make_node("Tanh", ["x1"], ["x2"]),
        helper.make_node("Conv", ["x2", "conv2.weight", "conv2.bias"], ["x3"], **halving),
        helper.make_node("Transpose", ["x3"], ["x4"], perm=[0, 2, 1]),
        helper.make_node("LpNormalization", ["x4"], ["x5"], axis=2, p=2),
        helper.make_node("MatMul", ["x5", "codebook"], ["likeness"]),
        helper.make_node("ArgMax", ["likeness"], ["nearest"], axis=2, keepdims=0),
        helper.make_node("Cast", ["nearest"], ["all"], to=TensorProto.INT32),
        helper.make_node("Add", ["feats_length", "three"], ["rounded"]),
        helper.make_node("Div", ["rounded", "four"], ["n_codes"]),
        helper.make_node("Slice", ["all", "zero", "n_codes", "one"], ["indices"]),
    ]
    inputs = [
        helper.make_tensor_value_info("feats", TensorProto.FLOAT, [1, N_WHISPER_MELS, "T"]),
        helper.make_tensor_value_info("feats_length", TensorProto.INT32, [1]),
    ]
    output = helper.make_tensor_value_info("indices", TensorProto.INT32, [1, "N"])
    numbers = {"zero": 0, "one": 1, "three": 3, "four": 4}
    constants = [numpy_helper.from_array(np.array([value], np.int32), name) for name, value in numbers.items()]
    save_graph(path, "speech_tokenizer_v1", nodes, inputs, output, weights, constants)
