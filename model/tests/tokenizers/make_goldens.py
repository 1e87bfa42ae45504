#!/usr/bin/env python3
"""Makes the tokenizer goldens: a small model of umT5's kind, and what other programs make of a few hundred texts.

    python3 -m venv .venv && .venv/bin/pip install tokenizers==0.23.3 sentencepiece==0.2.3
    .venv/bin/python model/tests/tokenizers/make_goldens.py

The model is trained on the words of this repository (its read-me and the window's two catalogues), so nothing of
anybody else's is in it. Its table of characters is SentencePiece's own `nmt_nfkc`. Written beside this script:
`spiece.model`, `tokenizer.json` (the same pieces with 300 sentinels, laid out as umT5's), and `goldens.json`, in which
every text has the numbers that `sentencepiece` and `tokenizers` give it, for each layout that umT5's family has.
"""
import base64, json, pathlib, random, tempfile

import sentencepiece
import tokenizers
from sentencepiece import sentencepiece_model_pb2

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PIECES = 1500
SENTINELS = 300


def corpus():
    lines = [line for line in (ROOT / "README.md").read_text().splitlines() if line.strip()]
    for name in ("en", "zh"):
        words = json.loads((ROOT / f"ui-assets/words/{name}.json").read_text())
        lines += [text for text in words.values() if isinstance(text, str)]
    return [line.replace("\n", " ") for line in lines]


def train(lines):
    with tempfile.TemporaryDirectory() as folder:
        text = pathlib.Path(folder, "text")
        text.write_text("\n".join(lines))
        sentencepiece.SentencePieceTrainer.train(
            input=str(text), model_prefix=f"{folder}/spiece", model_type="unigram", vocab_size=PIECES,
            normalization_rule_name="nmt_nfkc", byte_fallback=True, character_coverage=0.98, pad_id=0, eos_id=1,
            unk_id=2, bos_id=-1, num_threads=1, minloglevel=2, hard_vocab_limit=True)
        return pathlib.Path(folder, "spiece.model").read_bytes()


def layout(model):
    """tokenizer.json, as the converter of umT5's family writes it."""
    pieces = [[piece.piece, piece.score] for piece in model.pieces]
    sentinels = [f"<extra_id_{n}>" for n in reversed(range(SENTINELS))]
    special = [piece.piece for piece in model.pieces if piece.type in (2, 3)]
    numbers = {piece: n for n, (piece, _) in enumerate(pieces + [[name, 0.0] for name in sentinels])}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    added = [{"id": numbers[name], "content": name, **flags} for name in special + sentinels]
    table = base64.b64encode(model.normalizer_spec.precompiled_charsmap).decode()
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Precompiled", "precompiled_charsmap": table},
            {"type": "Strip", "strip_left": False, "strip_right": True},
            {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"},
        ]},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "post_processor": {"type": "TemplateProcessing",
                           "single": [{"Sequence": {"id": "A", "type_id": 0}},
                                      {"SpecialToken": {"id": "</s>", "type_id": 0}}],
                           "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
                           "special_tokens": {"</s>": {"id": "</s>", "ids": [1], "tokens": ["</s>"]}}},
        "decoder": None,
        "model": {"type": "Unigram", "unk_id": 2, "vocab": pieces + [[name, 0.0] for name in sentinels],
                  "byte_fallback": False},
    }


def bytes_instead(layout):
    return {**layout, "model": {**layout["model"], "byte_fallback": True}}


def split_at_white_space(layout):
    parts = [{"type": "WhitespaceSplit"}, layout["pre_tokenizer"]]
    return {**layout, "pre_tokenizer": {"type": "Sequence", "pretokenizers": parts}}


def prefix_first(layout):
    return {**layout, "pre_tokenizer": {**layout["pre_tokenizer"], "prepend_scheme": "first"}}


LAYOUTS = {"as_published": lambda layout: layout, "bytes": bytes_instead, "split": split_at_white_space,
           "first": prefix_first}


def texts(lines):
    plain = [
        "", " ", "  ", "\t", "\n", "a", " a", "a ", "  a  b  ", "a\tb", "a\nb", "a\r\nb", "a\u3000b", "a\u00a0b", "a\u2003b",
        "a\u200bb", "a\u200db", "\ufeffa", "a\u00adb", "▁", "▁a", "a▁b", "▁▁a", "a ▁ b", "a  ▁b", "_", "a_b",
        "Hello, world.", "hello world", "HELLO WORLD", "Don't!", "“Quoted” and ‘quoted’", "1,000.50 $ at 10:30", "3½ and ¼",
        "e-mail@example.org", "https://example.org/a?b=c&d=e#f", "C:\\Temp\\x.txt", "a/b", "(a)[b]{c}<d>",
        "The picture sharpens while it is made; the take plays when it is done.",
        "一个人在厨房里说话。", "画面模糊，声音沉闷，回声，失真", "场景：厨房；时间：早晨！", "他说：“你好。”", "中文English混合text", "你好,world。",
        "第1個鏡頭 shot 2", "繁體字與简体字", "ｆｕｌｌ ｗｉｄｔｈ　ＡＢＣ１２３", "ﾊﾝｶｸ ｶﾅ", "カタカナ と ひらがな", "한국어 문장입니다", "각", "각",
        "é", "e\u0301", "n\u0303o", "Å", "A\u030a", "Å", "ﬁnal ﬂow ﬀ ﬃ", "①②③", "Ⅳ ⅳ", "™ © ®", "℃ ℉ №", "x² y₃", "µ μ", "ſ ß ẞ",
        "İstanbul ıI", "Ωmega Ω", "ǆ ǅ Ǆ", "…", "‥", "–—―−", "‹›«»", "`'´’ʼ", "〜～~", "・･", "￥¥", "㍿ ㌔ ㎏", "㊤ ㊙",
        "😀", "a😀b", "👨‍👩‍👧‍👦", "👍🏽", "🇩🇪🇨🇳", "❤️", "☺︎", "1️⃣", "🏳️‍🌈 flag", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "𝟘𝟙𝟚", "𠀀𠮷野家", "𐍈", "\U0010ffff",
        "\ufffd", "\ufdfa", "ﷲ", "العربية نص", "עִבְרִית", "हिन्दी क्षि", "ไทยกำลัง", "ทำ น้ำ", "தமிழ் நி", "Việt Nam ở", "Ελληνικά ά", "Кириллица ё й",
        "q\u0307\u0323", "q\u0323\u0307", "Z\u0351\u036b\u0343a\u030a\u0310lgo", "\u0301a", "a\u0301\u0301\u0301\u0301b", "\u1100\u1161\u11a8", "가\u11a8",
        "\u200f\u200eabc", "a\u2028b", "a\u2029b", "a\u0085b", "\x00a", "a\x01b", "a\x7fb", "\x1b[31mred\x1b[0m", "a\u0378b", "\ue000",
        "<S>", "<E>", "<S>Hello.<E>", "<S> Hello. <E>", "Ann says <S>Here I am.<E> and smiles.", "她说<S>我在这里。<E>然后笑了。",
        "<S><extra_id_2>Hello.<E>", "<S> <extra_id_2> Hello.<E>", "<extra_id_0>", "<extra_id_299>", "<extra_id_300>",
        "<extra_id_2><extra_id_2>", "<extra_id_2> <extra_id_2>", "a<extra_id_2>b", "a <extra_id_2> b", "a  <extra_id_2>  b",
        "她<extra_id_2>说", "<extra_id_1", "extra_id_1>", "<extra_id_ 1>", "</s>", "a</s>b", "a </s> b", "<pad>", "a<pad>b", "<unk>", "a<unk>b",
        "<s>", "<0x41>", "a<0x0A>b", "<0xFF>", "<S><S><E><E>", "<s>lower<e>", "＜S＞wide＜E＞", "<extra_id_２>",
        "x" * 200, "啊" * 60, "ab " * 60, "█" * 20, "a" + " " * 40 + "b", "!" * 50, "qwertzuiop" * 8, "ﬁ" * 30, "é" * 30, "e\u0301" * 30, "👍" * 9,
    ]
    dice = random.Random(4)
    cut = [line[dice.randrange(max(1, len(line) // 2)):][:dice.randrange(5, 90)] for line in dice.sample(lines, 60)]
    letters = ("abcXYZ  ▁.,<>/_0123éß人说话，。「」\u3000\u00a0\u0301\u200d\t😀Ａﬁ①ｶﾞ한ก\u0e33\u0e49"
               "\u1100\u1161\u11a8🏽\ufe0f")
    mixed = ["".join(dice.choice(letters) for _ in range(dice.randrange(1, 24))) for _ in range(140)]
    return plain + cut + mixed


def main():
    lines = corpus()
    spiece = train(lines)
    (HERE / "spiece.model").write_bytes(spiece)
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(spiece)
    published = layout(model)
    (HERE / "tokenizer.json").write_text(json.dumps(published, ensure_ascii=False, separators=(",", ":")) + "\n")
    theirs = sentencepiece.SentencePieceProcessor(model_proto=spiece)
    readers = {name: tokenizers.Tokenizer.from_str(json.dumps(change(published))) for name, change in LAYOUTS.items()}
    cases = []
    for text in texts(lines):
        case = {"text": text, "spiece": theirs.encode(text) + [theirs.eos_id()]}
        for name, reader in readers.items():
            ids = reader.encode(text).ids
            if name == "as_published" or ids != case["as_published"]:
                case[name] = ids
        cases.append(case)
    rows = ",\n".join(json.dumps(case, ensure_ascii=True, separators=(",", ":")) for case in cases)
    (HERE / "goldens.json").write_text(f'{{"tokenizers":"{tokenizers.__version__}","sentencepiece":'
                                       f'"{sentencepiece.__version__}","cases":[\n{rows}\n]}}\n')
    print(f"{len(cases)} texts, {len(model.pieces)} pieces")


if __name__ == "__main__":
    main()
