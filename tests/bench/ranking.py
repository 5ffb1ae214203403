#!/usr/bin/env python3
"""How well does the ranker rank? Compare it with plain BM25 on Debian's package descriptions.

    ranking.py TRANSLATION_EN BENCH_RANKER

TRANSLATION_EN is the text of Debian's index of descriptions (server/core/background.py says how to
get it), BENCH_RANKER the program of bench_ranker.c. The query is a package's synopsis; the
candidates are its long description and those of its 20 neighbours by name, less those that say the
very same. Prints the mean reciprocal rank within ten, and the share of first places.
"""
import collections
import ctypes
import math
import random
import re
import subprocess
import sys

QUERIES = 6000
NEIGHBOURS = 10
K1, B = 1.2, 0.75


def packages(path):
    """Yield name, synopsis and long description of each package."""
    name, synopsis, lines = None, "", []
    for line in open(path, encoding="utf-8"):
        if line.startswith("Package: "):
            name, lines = line[9:].strip(), []
        elif line.startswith("Description-en: "):
            synopsis = line[16:].strip()
        elif line.startswith(" ") and name:
            lines.append(line.strip().removeprefix("."))
        elif line == "\n" and name:
            text = " ".join(lines).replace("\t", " ").strip()
            if len(text) > 40:
                yield name, synopsis, text
            name = None


def groups_of(by_name):
    """Choose queries; the first candidate of each is the right one."""
    names = sorted(by_name)
    random.seed(7)
    for i in sorted(random.sample(range(NEIGHBOURS, len(names) - NEIGHBOURS), QUERIES)):
        synopsis, text = by_name[names[i]]
        others = names[i - NEIGHBOURS : i] + names[i + 1 : i + 1 + NEIGHBOURS]
        others = [by_name[other] for other in others]
        yield synopsis, [text] + [t for s, t in others if s != synopsis and t != text]


def report(name, all_scores):
    reciprocal = first = 0
    for own, *others in all_scores:
        # Half of those that tie come before.
        rank = 1 + sum(s > own for s in others) + sum(s == own for s in others) / 2
        reciprocal += 1 / rank if rank <= 10 else 0
        first += rank == 1
    count = len(all_scores)
    print(f"{name:8} MRR@10 {reciprocal / count:.4f}   first {first / count:.4f}")


def stemmed_words():
    library = ctypes.CDLL("libstemmer.so.0d")
    library.sb_stemmer_new.restype = ctypes.c_void_p
    library.sb_stemmer_stem.restype = ctypes.c_char_p
    library.sb_stemmer_stem.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    handle = library.sb_stemmer_new(b"english", b"UTF_8")
    cache = {}

    def words(text):
        for word in re.findall(r"\w+", text.lower()):
            if word not in cache:
                raw = word.encode()
                cache[word] = library.sb_stemmer_stem(handle, raw, len(raw))
            yield cache[word]

    return words


def bm25(texts, groups):
    words = stemmed_words()
    seen_in, length = collections.Counter(), 0
    for text in texts:
        stems = list(words(text))
        seen_in.update(set(stems))
        length += len(stems)
    usual = length / len(texts)

    def score(query, text):
        counts = collections.Counter(words(text))
        scale = K1 * (1 - B + B * sum(counts.values()) / usual)
        total = 0
        for word in query:
            idf = math.log(1 + (len(texts) - seen_in[word] + 0.5) / (seen_in[word] + 0.5))
            total += idf * counts[word] * (K1 + 1) / (counts[word] + scale)
        return total

    return [[score(list(words(query)), text) for text in candidates] for query, candidates in groups]


def ours(program, groups):
    lines = []
    for query, candidates in groups:
        lines += ["Q" + query] + ["D" + text for text in candidates]
    answer = subprocess.run([program, "-"], input="\n".join(lines), text=True, check=True,
                            stdout=subprocess.PIPE).stdout
    scores = iter(answer.split())
    return [[float(next(scores)) for _ in candidates] for _, candidates in groups]


def main():
    by_name = {name: (synopsis, text) for name, synopsis, text in packages(sys.argv[1])}
    groups = list(groups_of(by_name))
    report("BM25", bm25([text for _, text in by_name.values()], groups))
    report("mockhere", ours(sys.argv[2], groups))


main()
