"""The files of a tiny `CosyVoice-300M-25Hz`: flow, vocoder, speaker model, and the yaml that gives their sizes."""

from __future__ import annotations

from pathlib import Path

import torch
from onnx import TensorProto, helper

from app.engine.step_audio.codes import N_VQ02, N_VQ06
from tools.tiny_models.weights import N_MELS, Sizes, Weights, save_graph

SPEAKER_WIDTH, STFT_ROWS, N_TONES, F0_WIDTH = 192, 18, 9, 16
DUAL_VOCABULARY = N_VQ02 + N_VQ06 + 1  # and the pad
RESBLOCK_KERNELS, SOURCE_KERNELS, N_DILATIONS = (3, 7, 11), (7, 7, 11), 3
UP_KERNELS, SOURCE_STRIDES = (16, 11, 7), (15, 3, 1)
PACKAGE = "stepvocoder.cosyvoice2"  # whose classes the published file names


def write_decoder(folder: Path, seed: int, sizes: Sizes) -> None:
    """Write the whole folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cosyvoice.yaml").write_text(cosyvoice_yaml(sizes), encoding="utf-8")
    torch.save(flow_weights(seed, sizes), folder / "flow.pt")
    torch.save(vocoder_weights(seed, sizes.vocoder_channels), folder / "hift.pt")
    write_speaker_model(folder / "campplus.onnx", seed)


def flow_weights(seed: int, sizes: Sizes) -> dict[str, torch.Tensor]:
    weights, width, estimator = Weights(seed, "flow"), sizes.flow_width, sizes.estimator_width
    weights.normal("input_embedding.embedding.weight", DUAL_VOCABULARY, width // 2, std=1.0)
    weights.linear("spk_embed_affine_layer", N_MELS, SPEAKER_WIDTH)
    for layer in ("embed", "up_embed"):
        weights.linear(f"encoder.{layer}.out.0", width, width)
        weights.norm(f"encoder.{layer}.out.1", width)
    weights.linear("encoder.pre_lookahead_layer.conv1", width, width, 4)
    weights.linear("encoder.pre_lookahead_layer.conv2", width, width, 3)
    weights.linear("encoder.up_layer.conv", width, width, 5)
    for stack in ("encoders", "up_encoders"):
        for n in range(sizes.flow_blocks):
            block = f"encoder.{stack}.{n}"
            for name in ("q", "k", "v", "out"):
                weights.linear(f"{block}.self_attn.linear_{name}", width, width)
            weights.linear(f"{block}.self_attn.linear_pos", width, width, bias=False)
            for name in ("u", "v"):
                head_shape = (sizes.flow_heads, width // sizes.flow_heads)
                weights.normal(f"{block}.self_attn.pos_bias_{name}", *head_shape, std=0.3)
            weights.linear(f"{block}.feed_forward.w_1", 2 * width, width)
            weights.linear(f"{block}.feed_forward.w_2", width, 2 * width)
            weights.norm(f"{block}.norm_mha", width)
            weights.norm(f"{block}.norm_ff", width)
    weights.norm("encoder.after_norm", width)
    weights.linear("encoder_proj", N_MELS, width)
    estimator_weights(weights, estimator, sizes.estimator_depth)
    return weights.tensors


def estimator_weights(weights: Weights, width: int, depth: int) -> None:
    """The DiT with two heads of a quarter of its width each."""
    root, inner = "decoder.estimator", width // 2
    weights.linear(f"{root}.t_embedder.mlp.0", width, 256)
    weights.linear(f"{root}.t_embedder.mlp.2", width, width)
    weights.linear(f"{root}.in_proj", width, 4 * N_MELS)
    for n in range(depth):
        block = f"{root}.blocks.{n}"
        for name in ("q", "k", "v"):
            weights.linear(f"{block}.attn.to_{name}", inner, width)
        weights.norm(f"{block}.attn.q_norm", inner // 2)
        weights.norm(f"{block}.attn.k_norm", inner // 2)
        weights.linear(f"{block}.attn.proj", width, inner)
        weights.linear(f"{block}.mlp.fc1", 4 * width, width)
        weights.linear(f"{block}.mlp.fc2", width, 4 * width)
        weights.linear(f"{block}.conv.block.1", width, width, 3)
        weights.norm(f"{block}.conv.block.3", width)
        weights.linear(f"{block}.conv.block.6", width, width, 3)
        weights.linear(f"{block}.adaLN_modulation.1", 9 * width, width)
    weights.linear(f"{root}.final_layer.adaLN_modulation.1", 2 * width, width)
    weights.linear(f"{root}.final_layer.linear", N_MELS, width)


def vocoder_weights(seed: int, channels: int) -> dict[str, torch.Tensor]:
    weights = Weights(seed, "hift")
    weights.normal("m_source.l_linear.weight", 1, N_TONES, std=0.5)
    weights.normal("m_source.l_linear.bias", 1)
    weights.weight_normed("conv_pre", (channels, N_MELS, 7), channels, 0.3)
    for n, (kernel, stride) in enumerate(zip(UP_KERNELS, SOURCE_STRIDES, strict=True)):
        narrow = channels >> n + 1
        weights.weight_normed(f"ups.{n}", (2 * narrow, narrow, kernel), narrow, 1.5)
        weights.linear(f"source_downs.{n}", narrow, STFT_ROWS, 2 * stride if stride > 1 else 1)
        resblock(weights, f"source_resblocks.{n}", narrow, SOURCE_KERNELS[n])
        for m, resblock_kernel in enumerate(RESBLOCK_KERNELS):
            resblock(weights, f"resblocks.{n * len(RESBLOCK_KERNELS) + m}", narrow, resblock_kernel)
    weights.weight_normed("conv_post", (STFT_ROWS, channels >> len(UP_KERNELS), 7), STFT_ROWS, 0.3)
    for n in (0, 2, 4, 6, 8):
        weights.weight_normed(f"f0_predictor.condnet.{n}", (F0_WIDTH, N_MELS if n == 0 else F0_WIDTH, 3), F0_WIDTH, 1.0)
    weights.normal("f0_predictor.classifier.weight", 1, F0_WIDTH, std=10.0)
    weights.normal("f0_predictor.classifier.bias", 1, mean=150.0)
    return weights.tensors


def resblock(weights: Weights, name: str, channels: int, kernel: int) -> None:
    for m in range(N_DILATIONS):
        for half in ("1", "2"):
            weights.weight_normed(f"{name}.convs{half}.{m}", (channels, channels, kernel), channels, 0.5)
            weights.normal(f"{name}.activations{half}.{m}.alpha", channels, mean=1.0)


def cosyvoice_yaml(sizes: Sizes) -> str:
    return f"""mel_conf:
    num_mels: {N_MELS}
    n_fft: 1920
    hop_size: 480
    win_size: 1920
    sampling_rate: 24000
    fmin: 0
    fmax: 8000

{_flow_yaml(sizes)}
{_hift_yaml(sizes)}"""


def _flow_yaml(sizes: Sizes) -> str:
    width, estimator = sizes.flow_width, sizes.estimator_width
    return f"""flow: !new:{PACKAGE}.flow.flow.CausalMaskedDiffWithXvec
    input_size: {width}
    output_size: {N_MELS}
    spk_embed_dim: {SPEAKER_WIDTH}
    output_type: 'mel'
    vocab_size: {DUAL_VOCABULARY}  # 1024 + 4096 + 1
    input_embedding: !new:{PACKAGE}.embedding.dual_codebook.DualCodebookEmbedding
        vocab_size: {DUAL_VOCABULARY}
        input_size: {width}
    encoder: !new:{PACKAGE}.transformer.upsample_encoder_v2.UpsampleConformerEncoderV2
        input_size: {width}
        output_size: {width}
        input_layer: 'linear'
        pre_lookahead_len: 3
        num_blocks: {sizes.flow_blocks}
        num_up_blocks: {sizes.flow_blocks}
        up_stride: 2
        up_scale_factor: 2
        attention_heads: {sizes.flow_heads}
        pos_enc_layer_type: 'rel_pos_espnet'
        selfattention_layer_type: 'rel_selfattn'
        key_bias: true
        linear_units: {2 * width}
        dropout_rate: 0.1
        positional_dropout_rate: 0.1
        attention_dropout_rate: 0.1
        normalize_before: True
    decoder: !new:{PACKAGE}.flow.flow_matching.CausalConditionalCFM
        inference_cfg_rate: 0.7
        estimator: !new:{PACKAGE}.flow.decoder_dit.DiT
            in_channels: {4 * N_MELS}
            out_channels: {N_MELS}
            mlp_ratio: 4.0
            depth: {sizes.estimator_depth}
            num_heads: 2
            head_dim: {estimator // 4}
            hidden_size: {estimator}
"""


def _hift_yaml(sizes: Sizes) -> str:
    dilations = [[1, 3, 5]] * 3
    return f"""hift: !new:{PACKAGE}.hifigan.generator.HiFTGenerator
    in_channels: {N_MELS}
    base_channels: {sizes.vocoder_channels}
    nb_harmonics: {N_TONES - 1}
    sampling_rate: 24000
    nsf_alpha: 0.1
    nsf_sigma: 0.003
    nsf_voiced_threshold: 10
    upsample_rates: [8, 5, 3]
    upsample_kernel_sizes: {list(UP_KERNELS)}
    istft_params: {{n_fft: 16, hop_len: 4}}
    resblock_kernel_sizes: {list(RESBLOCK_KERNELS)}
    resblock_dilation_sizes: {dilations}
    source_resblock_kernel_sizes: {list(SOURCE_KERNELS)}
    source_resblock_dilation_sizes: {dilations}
    lrelu_slope: 0.1
    audio_limit: 0.99
    f0_predictor: !new:{PACKAGE}.hifigan.f0_predictor.ConvRNNF0Predictor
        num_class: 1
        in_channels: {N_MELS}
        cond_channels: {F0_WIDTH}
"""


def write_speaker_model(path: Path, seed: int, width: int = 20) -> None:
    """Mean and mean square over time of a few rectified projections, then a projection to 192."""
    weights = Weights(seed, "campplus")
    weights.normal("w1", N_MELS, width)
    weights.normal("b1", width)
    weights.normal("w2", 2 * width, SPEAKER_WIDTH)
    nodes = [
        helper.make_node("MatMul", ["input", "w1"], ["x1"]),
        helper.make_node("Add", ["x1", "b1"], ["x2"]),
        helper.make_node("Relu", ["x2"], ["x3"]),
        helper.make_node("Mul", ["x3", "x3"], ["squares"]),
        helper.make_node("ReduceMean", ["x3"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("ReduceMean", ["squares"], ["power"], axes=[1], keepdims=0),
        helper.make_node("Concat", ["mean", "power"], ["both"], axis=1),
        helper.make_node("MatMul", ["both", "w2"], ["output"]),
    ]
    inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, "T", N_MELS])]
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, SPEAKER_WIDTH])
    save_graph(path, "campplus", nodes, inputs, output, weights, [])
