#!/usr/bin/env python3
"""Makes the golden of the decoder for previews: the network written down once more, in NumPy, at a small size.

    python3 -m venv .venv && .venv/bin/pip install numpy
    .venv/bin/python model/tests/tiny_decoder/make_golden.py

Layers are numbered as in the published file, and every weight is a formula of its key and place, so that no weights
need to be kept. Follows the published description: blocks read this frame and the one before, in that order; `grow`
puts two frames side by side into the channels, the earlier one first; four channels of a colour are a patch.
"""
import json, pathlib

import numpy as np

CHANNELS, WIDTHS, FRAMES, ROWS, COLUMNS = 48, [12, 8, 6, 6], 3, 2, 3


def formula(key, shape):
    start = sum(key.encode())
    fan_in = int(np.prod(shape[1:])) if len(shape) > 1 else 40
    n = np.arange(int(np.prod(shape)), dtype=np.float64)
    return (np.sin(0.7 * n + start) / np.sqrt(fan_in)).astype(np.float32).astype(np.float64).reshape(shape)


def conv(x, key, out, taps=3, bias=True):
    frames, channels, rows, columns = x.shape
    weight = formula(f"{key}.weight", (out, channels, taps, taps))
    edge = taps // 2
    padded = np.pad(x, ((0, 0), (0, 0), (edge, edge), (edge, edge)))
    y = np.zeros((frames, out, rows, columns))
    for i in range(taps):
        for j in range(taps):
            y += np.einsum("oc,tcrk->tork", weight[:, :, i, j], padded[:, :, i:i + rows, j:j + columns])
    return y + formula(f"{key}.bias", (out,))[None, :, None, None] if bias else y


def relu(x):
    return np.maximum(x, 0)


def block(x, n):
    past = np.concatenate([np.zeros_like(x[:1]), x[:-1]])
    width = x.shape[1]
    y = relu(conv(np.concatenate([x, past], axis=1), f"decoder.{n}.conv.0", width))
    return relu(conv(relu(conv(y, f"decoder.{n}.conv.2", width)), f"decoder.{n}.conv.4", width) + x)


def decode(x):
    x = relu(conv(np.tanh(x / 3) * 3, "decoder.1", WIDTHS[0]))
    for stage, first in enumerate([3, 9, 15]):
        for n in range(first, first + 3):
            x = block(x, n)
        x = x.repeat(2, axis=2).repeat(2, axis=3)
        frames, width, rows, columns = x.shape
        more = 1 if stage == 0 else 2
        x = conv(x, f"decoder.{first + 4}.conv", more * width, taps=1, bias=False)
        x = x.reshape(frames * more, width, rows, columns)
        x = conv(x, f"decoder.{first + 5}", WIDTHS[stage + 1], bias=False)
    x = conv(relu(x), "decoder.22", 12)
    frames, _, rows, columns = x.shape
    out = np.zeros((frames, 3, 2 * rows, 2 * columns))
    for colour in range(3):
        for i in range(2):
            for j in range(2):
                out[:, colour, i::2, j::2] = x[:, colour * 4 + i * 2 + j]
    return out


latent = formula("latent", (FRAMES, CHANNELS, ROWS, COLUMNS)) * 12
raw = decode(latent)
assert raw.shape == (4 * FRAMES, 3, 16 * ROWS, 16 * COLUMNS)
last = np.clip(raw[-1], 0, 1)
inside = float(((raw[-1] > 0) & (raw[-1] < 1)).mean())
assert inside > 0.3, inside
golden = {"frames": FRAMES, "rows": ROWS, "columns": COLUMNS, "values": [round(float(v), 6) for v in last.ravel()]}
(pathlib.Path(__file__).parent / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(f"{last.size} values, {inside:.2f} of them between the limits, mean {last.mean():.3f}")
