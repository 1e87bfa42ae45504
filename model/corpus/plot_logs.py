#!/usr/bin/env python3
"""Plots the logs of all training stages into one picture.

    .venv/bin/python model/corpus/plot_logs.py model/runs-log model/runs-log/curves.png
"""
import csv, pathlib, sys

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt

SHOWN = {"recogniser": ["right"], "sound-codec": ["mel_db"], "vocoder": ["log_db"], "picture-codec": ["psnr_db"],
         "picture-decoder": ["psnr_db"], "speaker": ["right"], "speech": ["audio"], "joint": ["audio", "video", "moment"],
         "look-judge": []}

folder, out = pathlib.Path(sys.argv[1]), sys.argv[2]
logs = [p for p in sorted(folder.glob("*.csv"))]
columns = 3
figure, axes = plt.subplots((len(logs) + columns - 1) // columns, columns, figsize=(12, 2.6 * ((len(logs) + 2) // 3)))
for axis in axes.flat[len(logs):]:
    axis.set_visible(False)
for axis, path in zip(axes.flat, logs):
    rows = [r for r in csv.DictReader(path.open()) if r["step"].isdigit()]
    stage = path.stem.removesuffix("-2").split("-with")[0].split("-sketch")[0].split("-moments")[0]
    shown = [name for name in SHOWN.get(stage, []) if name in rows[0]]
    for name in shown or [c for c in rows[0] if c not in ("step", "minutes", "rate", "step_secs", "gradient")][:1]:
        axis.plot([int(r["step"]) for r in rows], [float(r[name]) for r in rows], label=name, linewidth=1)
    axis.set_title(f"{path.stem}: {rows[-1]['step']} steps, {float(rows[-1]['minutes']):.0f} min", fontsize=9)
    axis.legend(fontsize=7)
    axis.tick_params(labelsize=7)
figure.tight_layout()
figure.savefig(out, dpi=90)
