"""The blocks that `packaging/bench nava` measures, in PyTorch: one double and one single block of the published sizes.

    python model/examples/nava_torch.py [--frames 5] [--runs 3]

Prints processor seconds (all threads together, which other programs disturb least) in f32, and in bf16 where the
processor multiplies it; weights are zeros, as in the benchmark that this stands beside.
"""

import argparse
import time

import torch
from torch import nn
from torch.nn import functional as F

WIDTH, HEADS, HIDDEN, TEXT = 3072, 24, 14336, 512


class Attention(nn.Module):
    """Projections and norms around an attention."""

    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.norm_q, self.norm_k = nn.RMSNorm(WIDTH), nn.RMSNorm(WIDTH)

    def project(self, x):
        """`[N, D]` to queries, keys and values as `[heads, N, D / heads]`."""
        parts = self.norm_q(self.q(x)), self.norm_k(self.k(x)), self.v(x)
        return [part.unflatten(-1, (HEADS, -1)).transpose(0, 1) for part in parts]

    def cross(self, x, text):
        q = self.norm_q(self.q(x)).unflatten(-1, (HEADS, -1)).transpose(0, 1)
        k = self.norm_k(self.k(text)).unflatten(-1, (HEADS, -1)).transpose(0, 1)
        v = self.v(text).unflatten(-1, (HEADS, -1)).transpose(0, 1)
        return self.o(attend(q, k, v))


def attend(q, k, v):
    return F.scaled_dot_product_attention(q[None], k[None], v[None])[0].transpose(0, 1).flatten(1)


def rotate(x, angles):
    """Pairs of channels turned by `angles`, `[N, D / heads / 2]`."""
    a, b = x.unflatten(-1, (-1, 2)).unbind(-1)
    cos, sin = angles.cos(), angles.sin()
    return torch.stack((a * cos - b * sin, a * sin + b * cos), -1).flatten(-2)


class Block(nn.Module):
    """Joint self-attention of picture and sound, cross-attention to the text, feed-forward."""

    def __init__(self, double):
        super().__init__()
        self.own, self.text = (nn.ModuleList(Attention() for _ in range(2 if double else 1)) for _ in range(2))
        self.norm = nn.LayerNorm(WIDTH)
        self.up, self.down = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, WIDTH)
        self.shifts = nn.Parameter(torch.zeros(6, WIDTH))

    def forward(self, streams, angles, text):
        sizes = [len(x) for x in streams]
        shift, scale, gate, shift_f, scale_f, gate_f = self.shifts
        plain = lambda x: F.layer_norm(x, (WIDTH,))
        inner = [plain(x) * (1 + scale) + shift for x in streams]
        projected = [self.own[i % len(self.own)].project(x) for i, x in enumerate(inner)]
        q, k, v = (torch.cat(parts, 1) for parts in zip(*projected))
        mixed = attend(rotate(q, angles), rotate(k, angles), v).split(sizes)
        out = []
        for i, (x, y) in enumerate(zip(streams, mixed)):
            x = x + gate * self.own[i % len(self.own)].o(y)
            x = x + self.text[i % len(self.text)].cross(self.norm(x), text)
            y = plain(x) * (1 + scale_f) + shift_f
            out.append(x + gate_f * self.down(F.gelu(self.up(y), approximate="tanh")))
        return out


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--frames", type=int, default=5)
    words.add_argument("--runs", type=int, default=3)
    words = words.parse_args()
    picture, sound = words.frames * 880, round(((words.frames - 1) * 4 + 1) / 24 * 25)
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads, {picture} + {sound} tokens")
    halves = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    for kind in (torch.float32, torch.bfloat16) if halves else (torch.float32,):
        blocks = [Block(double).to(kind) for double in (True, False)]
        for parameter in (p for block in blocks for p in block.parameters()):
            nn.init.zeros_(parameter)
        streams = [torch.randn(n, WIDTH, dtype=kind) for n in (picture, sound)]
        angles = torch.randn(picture + sound, WIDTH // HEADS // 2, dtype=kind)
        text = torch.randn(TEXT, WIDTH, dtype=kind)
        least, fastest = float("inf"), float("inf")
        with torch.inference_mode():
            for _ in range(words.runs):
                processor, started = time.process_time(), time.perf_counter()
                x = streams
                for block in blocks:
                    x = block(x, angles, text)
                least = min(least, time.process_time() - processor)
                fastest = min(fastest, time.perf_counter() - started)
        print(f"one double, one single block, {str(kind)[6:]}: {least:.2f} processor seconds, fastest {fastest:.2f} s")


if __name__ == "__main__":
    main()
