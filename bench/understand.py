#!/usr/bin/env python3
"""How well intents are understood, and how quickly: cross-validated on public sets, whose test parts are not touched.

`bench/understand.py FOLDER`, where FOLDER has `banking77/train.csv` (Casanueva and others, 2020; CC BY 4.0) and
`clinc150/train_val.json` (Larson and others, 2019; CC BY 3.0), neither of which is part of this project. Prints one line
of JSON per figure:

- BANKING77: ten folds, each held out in turn, the threshold included (what is refused counts as wrong);
- CLINC150: trained on `train` and `oos_train`, asked `val` and `oos_val`; and the same without examples of what is out
  of scope;
- sets of other sizes cut from CLINC150 (intents x examples each), three of each, with and without such examples;
- 10,000 made-up examples: training time, answering time, bytes.

Percent of sentences; `without_threshold` is what the likeliest intent alone would get. Times are one thread's.
"""

import csv
import json
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDS = 10
RUNS = 5
SIZES = [(2, 5), (5, 10), (10, 10), (10, 30), (20, 20), (40, 50), (75, 30), (150, 20)]


def build():
    command = ["cargo", "build", "--quiet", "--release", "-p", "rolecall-bots", "--examples", "--message-format", "json"]
    lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    programs = [json.loads(line).get("executable") for line in lines]
    return {Path(program).name: program for program in programs if program}


def run(train, out_of_scope, test):
    """Sentences are pairs (text, intent); out of scope: texts, and None as intent."""
    by_intent = {}
    for text, intent in train:
        by_intent.setdefault(intent, []).append(text)
    intents = [{"name": name, "examples": texts} for name, texts in by_intent.items()]
    test = [{"text": text, "intent": intent} for text, intent in test]
    content = {"train": {"intents": intents, "out_of_scope": out_of_scope}, "test": test}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(content, file)
        file.flush()
        answer = subprocess.run([PROGRAMS["understand"], file.name], check=True, capture_output=True, text=True)
    return json.loads(answer.stdout)


def tell(figure, runs):
    """The means (times: medians) of several runs, the accuracies of each beside them."""
    line = {"figure": figure}
    for name in runs[0]:
        values = [one[name] for one in runs if one[name] is not None]
        middle = statistics.median if name.endswith(("_s", "_us")) else statistics.mean
        line[name] = round(middle(values), 2) if values else None
        if len(runs) > 1 and name in ("in_scope", "out_of_scope_recall", "train_s") and values:
            line[f"{name}_runs"] = values
    print(json.dumps(line), flush=True)


def banking(folder):
    with open(folder / "banking77/train.csv", newline="", encoding="utf-8") as file:
        rows = [(row["text"], row["category"]) for row in csv.DictReader(file)]
    random.Random(1).shuffle(rows)
    parts = [rows[fold::FOLDS] for fold in range(FOLDS)]
    runs = []
    for fold, part in enumerate(parts):
        others = [row for other, rows in enumerate(parts) if other != fold for row in rows]
        runs.append(run(others, [], part))
    tell(f"BANKING77, {FOLDS} folds of the training part", runs)


def clinc(folder):
    parts = json.loads((folder / "clinc150/train_val.json").read_text(encoding="utf-8"))
    train, val = ([tuple(row) for row in parts[name]] for name in ("train", "val"))
    strangers = [text for text, _ in parts["oos_train"]]
    unseen = [(text, None) for text, _ in parts["oos_val"]]
    more = unseen + [(text, None) for text in strangers]
    tell("CLINC150, trained on train, asked val", [run(train, strangers, val + unseen)])
    tell("CLINC150, the same without out-of-scope examples", [run(train, [], val + more)])
    chance = random.Random(2)
    names = sorted({intent for _, intent in train})
    for intents, examples in SIZES:
        plain, told = [], []
        for _ in range(3):
            some = sorted(chance.sample(names, intents))
            fewer = [row for name in some for row in chance.sample([row for row in train if row[1] == name], examples)]
            asked = [row for row in val if row[1] in some]
            plain.append(run(fewer, [], asked + more))
            count = min(len(strangers), max(5, intents * examples // 20))
            told.append(run(fewer, chance.sample(strangers, count), asked + unseen))
        tell(f"CLINC150 cut to {intents} x {examples}, without out-of-scope examples", plain)
        tell(f"CLINC150 cut to {intents} x {examples}, with a few", told)


def made_up():
    """100 intents with 100 sentences: each has 30 words that it shares with some others, beside common ones."""
    chance = random.Random(3)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randint(3, 9))) for _ in range(2000)]
    rows = []
    for intent in range(100):
        own = chance.sample(words, 30)
        rows += [
            (" ".join(chance.sample(own, 4) + chance.sample(words[:60], 6)), f"intent {intent}") for _ in range(110)
        ]
    chance.shuffle(rows)
    tell("10,000 made-up examples", [run(rows[:10_000], [], rows[10_000:]) for _ in range(RUNS)])


if len(sys.argv) != 2 or not Path(sys.argv[1], "banking77/train.csv").exists():
    sys.exit(f"{__doc__}\nGive the folder that has both sets: bench/understand.py FOLDER")
PROGRAMS = build()
banking(Path(sys.argv[1]))
clinc(Path(sys.argv[1]))
made_up()
tell("10,000 made-up entries", [json.loads(subprocess.check_output([PROGRAMS["know"]])) for _ in range(RUNS)])
