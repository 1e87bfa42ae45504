"""Cuts the interface faces down to the characters the studio can show.

Input: the Debian packages fonts-inter, fonts-jetbrains-mono and fonts-noto-cjk (all under the
SIL Open Font License 1.1). Needs `pip install fonttools`. Run it only to renew the faces here.
"""
import subprocess, sys, pathlib

HERE = pathlib.Path(__file__).parent
LATIN = "U+0020-017F,U+0192,U+01A0-01B0,U+0218-021B,U+02BC,U+02C6-02DD,U+0300-0308,U+0370-03FF,U+0400-045F,U+1E80-1E9E,U+1EA0-1EF9,U+2000-206F,U+2070-208E,U+20A0-20BF,U+2100-2122,U+2190-2199,U+21B5,U+21E7,U+2212,U+2215,U+2248,U+2260,U+2264,U+2265,U+2318,U+2325,U+232B,U+23CE,U+25A0-25CF,U+2713,U+2715"


def gb2312(first_row, last_row):
    out = []
    for row in range(first_row, last_row + 1):
        for cell in range(1, 95):
            try:
                out.append(bytes([0xA0 + row, 0xA0 + cell]).decode("gb2312"))
            except UnicodeDecodeError:
                pass
    return out


def subset(src, dst, unicodes, *more):
    subprocess.run([sys.executable, "-m", "fontTools.subset", str(src), f"--output-file={HERE / dst}",
                    f"--unicodes={unicodes}", "--no-hinting", "--desubroutinize" if "--tt" not in more else "--hinting",
                    *[m for m in more if m != "--tt"]], check=True)


inter = pathlib.Path("/usr/share/fonts/opentype/inter")
for weight in ("Regular", "Medium", "SemiBold", "Bold"):
    subset(inter / f"Inter-{weight}.otf", f"Inter-{weight}.otf", LATIN, "--layout-features=kern,ccmp,mark,mkmk")
mono = pathlib.Path("/usr/share/fonts/truetype/jetbrains-mono")
subset(mono / "JetBrainsMono-Regular.ttf", "JetBrainsMono-Regular.ttf", "U+0020-00FF,U+2010-2026,U+2212,U+2190-2193", "--layout-features=", "--tt")

# GB 2312: punctuation, full-width forms, and its 6763 Chinese characters.
chars = gb2312(1, 3) + gb2312(16, 87)
extra = "…—“”‘’·"
codes = ",".join(sorted({f"U+{ord(c):04X}" for c in chars + list(extra)}))
cjk = pathlib.Path("/usr/share/fonts/opentype/noto")
subset(cjk / "NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.otf", codes, "--font-number=2", "--layout-features=")
# Titles and buttons.
subset(cjk / "NotoSansCJK-Bold.ttc", "NotoSansSC-Bold.otf", codes, "--font-number=2", "--layout-features=")
