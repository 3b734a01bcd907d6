"""The same network in plain PyTorch, written to be fast on libtorch 1.13: the other side of the comparison.

Reads what the bench wrote (config.json, model.safetensors, batch.safetensors), then answers lines on standard input, one JSON object each:
{"do": "forward" | "step", "bfloat16": bool, "layout": "packed" | "padded", "count": n} -> {"seconds", "cpu", "loss", "norm"}.

What it does for speed: query/key/value and gate/up as one product each, no copies of shared key heads, scale and mask added by baddbmm,
tokens packed without padding around everything but attention (or padded throughout, where that is faster), optimiser and clipping over
lists of tensors (foreach), freed memory kept by the C library (the bench sets its variables).
"""

import json
import struct
import sys
import time

import torch
import torch.nn.functional as F

TYPES = {"F32": torch.float32, "I64": torch.int64}


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        kind = TYPES[entry["dtype"]]
        tensors[name] = torch.frombuffer(data[begin:end], dtype=kind).reshape(entry["shape"]).clone()
    return tensors


class Network:
    def __init__(self, config, weights):
        self.c = config
        p = dict(weights)
        p["decoder.token_embedding.weight"] = p.pop("decoder.head.weight", None) if config["lm_tie_weights"] else p["decoder.token_embedding.weight"]
        self.inverse = p.pop("decoder.rotary_embd.inv_freq")
        for i in range(config["lm_n_blocks"]):
            block = f"decoder.blocks.{i}."
            p[block + "attn.qkv"] = torch.cat([p.pop(block + f"attn.{n}_proj.weight") for n in "qkv"])
            p[block + "mlp.gate_up"] = torch.cat([p.pop(block + f"mlp.{n}_proj.weight") for n in ("gate", "up")])
        self.p = {name: tensor.requires_grad_() for name, tensor in p.items()}
        self.optimiser = torch.optim.AdamW(self.p.values(), lr=1e-4, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, foreach=True)

    def pictures(self, pixels):
        """[n,3,S,S] -> [n,I,d]."""
        c, p = self.c, self.p
        n, size, width, heads = pixels.shape[0], c["vit_patch_size"], c["vit_hidden_dim"], c["vit_n_heads"]
        side = c["vit_img_size"] // size
        v = "vision_encoder."
        x = pixels.view(n, 3, side, size, side, size).permute(0, 2, 4, 1, 3, 5).reshape(n, side * side, -1)
        x = F.linear(x, p[v + "patch_embedding.conv.weight"].flatten(1), p[v + "patch_embedding.conv.bias"]) + p[v + "patch_embedding.position_embedding"]
        tokens, head = side * side, width // heads
        for i in range(c["vit_n_blocks"]):
            b = f"{v}blocks.{i}."
            h = F.layer_norm(x, (width,), p[b + "ln1.weight"], p[b + "ln1.bias"], c["vit_ln_eps"])
            qkv = F.linear(h, p[b + "attn.qkv_proj.weight"], p[b + "attn.qkv_proj.bias"])
            q, k, w = qkv.view(n, tokens, 3, heads, head).permute(2, 0, 3, 1, 4).reshape(3, n * heads, tokens, head).unbind(0)
            scores = torch.baddbmm(self.zero(q), q, k.transpose(1, 2), beta=0, alpha=head**-0.5)
            y = torch.bmm(scores.softmax(-1), w).view(n, heads, tokens, head).transpose(1, 2).reshape(n, tokens, width)
            x = x + F.linear(y, p[b + "attn.out_proj.weight"], p[b + "attn.out_proj.bias"])
            h = F.layer_norm(x, (width,), p[b + "ln2.weight"], p[b + "ln2.bias"], c["vit_ln_eps"])
            h = F.gelu(F.linear(h, p[b + "mlp.fc1.weight"], p[b + "mlp.fc1.bias"]), approximate="tanh")
            x = x + F.linear(h, p[b + "mlp.fc2.weight"], p[b + "mlp.fc2.bias"])
        x = F.layer_norm(x, (width,), p[v + "layer_norm.weight"], p[v + "layer_norm.bias"], c["vit_ln_eps"])
        f = c["mp_pixel_shuffle_factor"]
        r = side // f
        x = x.view(n, r, f, r, f, width).permute(0, 1, 3, 2, 4, 5).reshape(n, r * r, f * f * width)
        return F.linear(x, p["MP.proj.weight"])

    @staticmethod
    def zero(like):
        return torch.zeros((), dtype=like.dtype)

    def rms_norm(self, x, name):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.c["lm_rms_eps"]) * self.p[name + ".weight"]

    def logits(self, batch, layout):
        """The batch -> logits of the rows that have a target, [M,V]."""
        c, p = self.c, self.p
        x = F.embedding(batch["ids"], p["decoder.token_embedding.weight"])
        x = x.index_copy(0, batch["places"], self.pictures(batch["pixels"]).flatten(0, 1).to(x.dtype))
        lengths, longest = batch["lengths"].tolist(), int(batch["lengths"].max())
        even = min(lengths) == longest
        padded = layout == "padded" and not even
        positions = batch["positions"]
        if padded:
            # The decoder runs over [B T] rows; those that pad are copies of the first token and are looked at by nobody.
            x, positions = x.index_select(0, batch["to_padded"]), positions.index_select(0, batch["to_padded"])
        angles = positions.float().unsqueeze(1) * self.inverse
        cos, sin = angles.cos().unsqueeze(1), angles.sin().unsqueeze(1)
        mask = torch.full((longest, longest), float("-inf")).triu(1)
        for i in range(c["lm_n_blocks"]):
            b = f"decoder.blocks.{i}."
            x = x + self.attention(self.rms_norm(x, b + "norm1"), b + "attn.", cos, sin, mask, batch, gather=not (even or padded))
            gate, up = F.linear(self.rms_norm(x, b + "norm2"), p[b + "mlp.gate_up"]).chunk(2, -1)
            x = x + F.linear(F.silu(gate) * up, p[b + "mlp.down_proj.weight"])
        x = x.index_select(0, batch["padded_rows"] if padded else batch["rows"])
        return F.linear(self.rms_norm(x, "decoder.norm"), p["decoder.token_embedding.weight"])

    def attention(self, x, name, cos, sin, mask, batch, gather):
        c, p = self.c, self.p
        heads, shared = c["lm_n_heads"], c["lm_n_kv_heads"]
        head, group = c["lm_hidden_dim"] // heads, heads // shared
        longest, count = mask.shape[0], batch["lengths"].shape[0]
        qkv = F.linear(x, p[name + "qkv"]).view(-1, heads + 2 * shared, head)
        turned, v = qkv.split([heads + shared, shared], 1)
        a, b = turned.chunk(2, -1)
        turned = torch.cat([a * cos - b * sin, b * cos + a * sin], -1)
        qkv = torch.cat([turned.to(v.dtype), v], 1)
        if gather:
            qkv = qkv.index_select(0, batch["to_padded"])
        # [B,T,heads,E] -> queries [B G, group T, E], keys and values [B G, T, E]: the group's heads are rows, so that no key is copied.
        q, k, v = qkv.view(count, longest, heads + 2 * shared, head).transpose(1, 2).split([heads, shared, shared], 1)
        q = q.reshape(count * shared, group * longest, head)
        k, v = k.reshape(count * shared, longest, head), v.reshape(count * shared, longest, head)
        bias = mask.to(q.dtype).repeat(group, 1)
        weights = torch.baddbmm(bias, q, k.transpose(1, 2), alpha=head**-0.5).softmax(-1)
        y = torch.bmm(weights.to(v.dtype), v).view(count, heads, longest, head).transpose(1, 2).reshape(count * longest, heads * head)
        if gather:
            y = y.index_select(0, batch["from_padded"])
        return F.linear(y, p[name + "out_proj.weight"])

    def loss(self, batch, layout):
        return F.cross_entropy(self.logits(batch, layout).float(), batch["targets"])

    def forward(self, batch, layout):
        with torch.inference_mode():
            return float(self.loss(batch, layout)), 0.0

    def step(self, batch, layout, autocast):
        self.optimiser.zero_grad(set_to_none=True)
        with autocast:
            loss = self.loss(batch, layout)
        loss.backward()
        norm = self.clip()
        self.optimiser.step()
        return float(loss.detach()), norm

    def clip(self, most=1.0):
        """torch.nn.utils.clip_grad_norm_, by lists of tensors."""
        gradients = [p.grad for p in self.p.values()]
        norm = float(torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients))))
        if norm > most:
            torch._foreach_mul_(gradients, most / (norm + 1e-6))
        return norm


def add_indices(batch):
    """Where the rows of the packed batch stand in a padded one."""
    lengths = batch["lengths"].tolist()
    longest, start, to, origin = max(lengths), 0, [], []
    for b, length in enumerate(lengths):
        to += list(range(start, start + length)) + [start] * (longest - length)
        origin += list(range(b * longest, b * longest + length))
        start += length
    batch["to_padded"], batch["from_padded"] = torch.tensor(to), torch.tensor(origin)
    batch["padded_rows"] = batch["from_padded"].index_select(0, batch["rows"])
    batch["positions"] = torch.cat([torch.arange(n) for n in lengths])


def main():
    folder, threads = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(threads)
    with open(f"{folder}/config.json") as file:
        network = Network(json.load(file), read_safetensors(f"{folder}/model.safetensors"))
    batch = read_safetensors(f"{folder}/batch.safetensors")
    add_indices(batch)
    print(json.dumps({"version": torch.__version__}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        loss = norm = 0.0
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(order["count"]):
            autocast = torch.autocast("cpu", torch.bfloat16, enabled=order["bfloat16"])
            if order["do"] == "step":
                loss, norm = network.step(batch, order["layout"], autocast)
            else:
                with autocast:
                    loss, norm = network.forward(batch, order["layout"])
        seconds, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(json.dumps({"seconds": seconds / order["count"], "cpu": cpu / order["count"], "loss": loss, "norm": norm}), flush=True)


main()
