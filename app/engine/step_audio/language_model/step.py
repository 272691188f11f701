"""DecodingStep: one new id for each of the first rows, by one pass through the model for all of them.

Everything it reads and writes stays where it is: on CUDA each shape is captured as a graph when it is first needed, and
a step is then one launch. The CPU runs the same functions on the same buffers, and allocates what passes between them.
"""

from __future__ import annotations

import torch
from torch import Tensor

from app.engine.step_audio.language_model.distance import DistanceTable
from app.engine.step_audio.language_model.rows import Rows
from app.engine.step_audio.language_model.slots import ChunkMemory, DecodingMemory, Slots, rounded_up
from app.engine.step_audio.language_model.step1_model import Step1ForCausalLM
from app.engine.step_audio.language_model.token_choice import TokenChooser

LEAST_GRAPH_SPAN = 256  # keys; graphs are captured for this and its doubles


class DecodingStep:
    """The step, and chunks of prompts before it. Call inside of torch.inference_mode, from one thread at a time."""

    def __init__(self, model: Step1ForCausalLM, slots: Slots, rows: Rows, chooser: TokenChooser) -> None:
        config, device = model.config, slots.keys.device
        self._model = model.model
        self._slots, self._rows, self._chooser = slots, rows, chooser
        self._n_slots, self._n_groups = slots.keys.shape[1], config.num_attention_groups
        self._table = DistanceTable(config.num_attention_heads, slots.n_positions, device)
        places = torch.arange(self._n_slots * self._n_groups, device=device) * slots.n_positions
        self._first_places = places.view(self._n_slots, self._n_groups)
        self._bias = torch.empty(
            self._n_slots * config.num_attention_heads * slots.n_positions, dtype=torch.float32, device=device
        )
        self._graphs: dict[tuple[int, int], torch.cuda.CUDAGraph] = {}
        self._uses_graphs = device.type == "cuda"

    def prefill(self, ids: list[int], slot: int, first: int) -> None:
        """Remember a chunk of a prompt, whose first id stands at `first`, in a slot."""
        chunk = torch.tensor([ids], device=self._first_places.device)
        bias = self._table.of_chunk(first, len(ids)).reshape(1, self._n_groups, -1, first + len(ids))
        self._model.states(chunk, bias, ChunkMemory(self._slots, slot, first))

    def decode(self, n_rows: int, longest: int) -> list[int]:
        """The ids chosen for the first rows, none of which has more than `longest` ids. The one wait for the device."""
        if not self._uses_graphs:
            self._advance(n_rows, rounded_up(longest))
            return self._rows.ids[:n_rows].tolist()
        shape = self._shape(n_rows, longest)
        if shape in self._graphs:
            self._graphs[shape].replay()
        else:
            self._advance(*shape)
            self._graphs[shape] = self._captured(*shape)
        return self._rows.ids[:n_rows].tolist()

    def _shape(self, n_rows: int, longest: int) -> tuple[int, int]:
        """Rows and keys of the graph to take: the next power of two of each."""
        rung = 1 << (n_rows - 1).bit_length()
        span = max(LEAST_GRAPH_SPAN, 1 << (longest - 1).bit_length())
        return min(rung, self._n_slots), min(span, self._slots.n_positions)

    def _captured(self, n_rows: int, span: int) -> torch.cuda.CUDAGraph:
        """The step as a graph; capturing computes nothing. Other threads may use the device meanwhile."""
        graph = torch.cuda.CUDAGraph()
        pool = next(iter(self._graphs.values())).pool() if self._graphs else None
        with torch.cuda.graph(graph, pool=pool, capture_error_mode="thread_local"):
            self._advance(n_rows, span)
        return graph

    def _advance(self, n_rows: int, span: int) -> None:
        """From the rows' newest ids to the next ones, on the device alone."""
        rows = self._rows
        positions = rows.positions[:n_rows]
        places = (self._first_places[:n_rows] + positions[:, None]).flatten()
        states = self._model.states(
            rows.ids[: self._product_rows(n_rows), None],
            self._bias_of(positions, span),
            DecodingMemory(self._slots, n_rows, span, places),
        )
        rows.advance(n_rows, self._chooser.choose(states[:, 0], rows, n_rows))

    def _product_rows(self, n_rows: int) -> int:
        """Rows of the matrix products: on CUDA always all, as another number may take another kernel and round
        otherwise, while all of them read the same weights, which is what takes the time.
        """
        return self._n_slots if self._uses_graphs else n_rows

    def _bias_of(self, positions: Tensor, span: int) -> Tensor:
        """Float32 `[rows, G, R, span]`, for all layers."""
        n, n_heads = len(positions), len(self._bias) // self._n_slots // self._slots.n_positions
        out = self._bias[: n * n_heads * span].view(n, n_heads, span)
        return self._table.of_rows(positions, span, out).view(n, self._n_groups, -1, span)
