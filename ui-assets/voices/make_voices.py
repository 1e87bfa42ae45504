#!/usr/bin/env python3
"""Makes the built-in voices from the speech corpus (model/corpus/make_speech.py): two sentences of one speaker each.

    python3 ui-assets/voices/make_voices.py data/speech

The corpus is synthetic speech of Kokoro-82M (Apache-2.0), each speaker a blend of styles that exists nowhere else.
Needs numpy and ffmpeg with libopus. Writes NAME.ogg beside this script: mono, 24 kHz, Opus, 4 to 6 s.
"""
import json, pathlib, subprocess, sys

import numpy as np

RATE = 24000
VOICES = {
    "robin": ("train-0008-2", ["Good morning, Frank.", "Maybe Jacob can finish"]),
    "kim": ("train-0006-9", ["Thank you for the stone", "Please buy the box"]),
    "noa": ("train-0008-9", ["Yes, of course. The farmer", "Something fresh happened"]),
    "alex": ("train-0007-3", ["Thank you for the book", "If you catch it, nobody"]),
    "charlie": ("train-0014-8", ["Yes, of course. The actor", "There are thirty green boats"]),
    "jules": ("train-0026-2", ["What is behind the honest", "I brought a curious clock"]),
}

corpus, here = pathlib.Path(sys.argv[1]), pathlib.Path(__file__).parent
lines = [json.loads(line) for line in (corpus / "index.jsonl").read_text().splitlines()]
for name, (speaker, starts) in VOICES.items():
    parts = []
    for start in starts:
        line = next(l for l in lines if l["speaker"] == speaker and l["text"].startswith(start))
        pcm = np.fromfile(corpus / f"{line['shard']:04d}.pcm", dtype="<i2")
        sound = pcm[line["first"]:line["first"] + line["samples"]].astype(np.float32) / 32768
        heard = np.flatnonzero(np.abs(sound) > 0.01)
        sound = sound[max(0, heard[0] - RATE // 20):heard[-1] + RATE // 10]
        fade = np.linspace(0, 1, RATE // 100, dtype=np.float32)
        sound[:len(fade)] *= fade
        sound[-len(fade):] *= fade[::-1]
        parts += [sound, np.zeros(RATE // 4, np.float32)]
    sound = np.concatenate(parts[:-1])
    sound *= min(0.089 / np.sqrt(np.mean(sound**2)), 0.89 / np.abs(sound).max())
    command = ["ffmpeg", "-v", "error", "-y", "-f", "f32le", "-ar", str(RATE), "-ac", "1", "-i", "-", "-c:a", "libopus",
               "-b:a", "40k", "-fflags", "+bitexact", "-flags:a", "+bitexact", str(here / f"{name}.ogg")]
    subprocess.run(command, input=sound.astype("<f4").tobytes(), check=True)
    print(name, f"{len(sound) / RATE:.2f} s")
