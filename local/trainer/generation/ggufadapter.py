"""LoRA weights of a Llama model as a GGUF file that llama.cpp adds to its base while it runs.

Names and metadata follow llama.cpp's convert_lora_to_gguf.py (ggml-org/llama.cpp, read Nov 2026): `lora_a` and
`lora_b` beside the name of the tensor they belong to. llama.cpp turns pairs of neighbours where transformers turns
halves, so the rows of the query and key projections are in another order there.
"""

import json
from pathlib import Path

import numpy as np

from local.trainer.arrays import Floats, Tensors

PREFIX = "base_model.model.model.layers."
NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def write_adapter(path: Path, tensors: Tensors, *, config: Path, alpha: int) -> None:
    """Write the GGUF file for tensors named as peft names them; `config` is the base's config.json."""
    from gguf import GGUFWriter

    shape = json.loads(config.read_bytes())
    heads = {"attn_q": shape["num_attention_heads"], "attn_k": shape["num_key_value_heads"]}
    writer = GGUFWriter(str(path), "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(alpha))
    for name, array in sorted(tensors.items()):
        layer, _, rest = name.removeprefix(PREFIX).partition(".")
        module, _, kind = rest.removesuffix(".weight").rpartition(".")
        target = NAMES[module]
        values = np.ascontiguousarray(array, dtype=np.float32)
        if kind == "lora_B" and target in heads:
            values = _turned(values, heads[target])
        writer.add_tensor(f"blk.{layer}.{target}.weight.{kind.lower()}", values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _turned(values: Floats, heads: int) -> Floats:
    rows, rank = values.shape
    halves = values.reshape(heads, 2, rows // heads // 2, rank)
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(rows, rank))
