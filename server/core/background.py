#!/usr/bin/env python3
"""Make background_table.inc: how common each word stem is in English text at large.

    background.py FOLDER > background_table.inc

FOLDER holds what these Debian 12 packages unpack to (`apt-get download`, `dpkg-deb -x`), and the
index of package descriptions (`apt-get update -o Acquire::Languages=en`, then
`apt-helper cat-file ..._Translation-en.lz4 > FOLDER/Translation-en`):

    fortunes       usr/share/games/fortunes/*   jokes, quotations, prose   BSD
    wordnet-base   usr/share/wordnet/data.*     the glosses of WordNet 3.0   WordNet licence (as MIT)
    Debian         Translation-en               package descriptions   each as its package

Nothing of their text is kept: only in how large a share of passages of 60 words a stem occurs,
averaged over the three sources, so that neither software nor botany sets the tone.

Stems are made by the very library that the server links, and words are cut as in tokens.c. The
table is text: for each stem its letters and one byte that ends it. A digit or capital letter
is the weight ln(1 / share) in quarters (0-9, then A = 10 to Z = 35); `!` marks a function word
and `*` one of the other languages, which the lists below name in full. There is one string for each
of 1,024 hash buckets; see background.c, whose hash must be the same.
"""
import collections
import ctypes
import math
import pathlib
import re
import sys

HEAD = """/*
 * Made by background.py; do not edit. How frequent word stems are, counted in texts of Debian 12:
 * fortunes (BSD licence), the glosses of WordNet 3.0 (WordNet licence) and package descriptions
 * (under the licences of their packages). Of the texts, only these counts are kept.
 */"""
PASSAGE_WORDS = 60
STEM_COUNT = 3600
BUCKETS = 1024

# Words that a question carries and an answer need not. "no", "not" and "without" are missing on
# purpose: they change what is asked.
ENGLISH = """
a about above across after again against all along also am among an and any anybody anyone anything
are arent around as at be because been before being below between both but by can cannot cant could
couldnt describe did didnt do does doesnt doing done dont during each either else etc ever every
everything explain find for from further get gets getting give given gives got had has have having he
her here hers herself hes him himself his how however i id if ill im in instead into is isnt it
its itself ive just let lets like ll many may maybe me might mine more most much must my myself
of off often on once one ones only onto or other others our ours ourselves out over own per please
quite rather re really s shall she should so some somebody someone something such t tell than thank
thanks that thats the their theirs them themselves then there theres these they theyre this those
though through thus to too under until up upon us use used uses using ve very via want was wasnt
way we well were werent weve what whats when where whether which while who whom whose why will with
within would wouldnt yes yet you your youre yours yourself
"""

# Less what is a content word in English, such as "war", "son" and "pour".
OTHERS = """
aber als am an auch auf aus bei bin bis das dass dem der des die doch du ein eine einem einen
einer eines er es für ich ihr im in ist ja kann mit nach nur oder sein sich sie sind so über um
und uns unter vom von vor was welche welcher welches wenn wer werden wie wir wird wo zu zum zur
warum wann
à au aux avec c ce ces cette comment d dans de des du elle en est et il ils je l la le les leur
lui mais ne nous on ont ou où par pas pourquoi qu quand que quel quelle quelles quels qui
sa se ses sont sur un une vous y
al algo como con cuál cuándo cuánto de del donde dónde el ella ellos en entre era es esta este esto
ha hay la las lo los más mi muy o para pero por porque qué quién se según ser si sin sobre su sus
también te tu un una unos y ya
ai alla anche che chi ci con cosa da dal dalla dei del della delle di e è gli il io la le
lo ma nel nella non per perché più quale quali quando quanto questa questo sono su sul un una uno
ao aos as até com como da das do dos e ela ele em entre é foi isso mas na nas nos não o onde os
ou pela pelo por porque qual quais quem são sem seu sua também um uma
aan als bij dan dat de deze die dit een en er het hij hoe ik is je naar niet nog of om ook
op te tot uit van voor waar waarom wat wie worden wordt zijn
а бы был была были было быть в вам вас весь во вот все всё вы где да для до его ее её если есть еще
ещё же за и из или им их к как какая какие какой когда который кто ли мне мой мы на над нас не него
нет ни них но о об он она они от по под после почему при про с сколько со так также такой там то того
только том ты у уже чем через что чтобы эта эти это этот я
"""


def english_stemmer():
    library = ctypes.CDLL("libstemmer.so.0d")
    library.sb_stemmer_new.restype = ctypes.c_void_p
    library.sb_stemmer_stem.restype = ctypes.c_char_p
    library.sb_stemmer_stem.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    handle = library.sb_stemmer_new(b"english", b"UTF_8")
    cache = {}

    def stem(word):
        if word not in cache:
            raw = word.encode()
            cache[word] = library.sb_stemmer_stem(handle, raw, len(raw)).decode()
        return cache[word]

    return stem


def words_of(text):
    text = text.lower().replace("\u2019", "'")
    for word in re.findall(r"[a-z]+(?:'(?:s|t|d|m|re|ve|ll)\b)?", text):
        word = word[:-2] if word.endswith("'s") else word.replace("'", "")
        yield word


def fortunes(folder):
    for path in sorted((folder / "usr/share/games/fortunes").iterdir()):
        if path.suffix == "" and path.name != "art":
            yield path.read_text("utf-8", "replace")


def glosses(folder):
    for kind in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"usr/share/wordnet/data.{kind}").open():
            if "|" in line and not line.startswith("  "):
                yield line.split("|", 1)[1]


def descriptions(folder):
    for line in (folder / "Translation-en").open():
        if line.startswith((" ", "Description-en:")):
            yield line.removeprefix("Description-en:").replace("\n", " ")


def shares(texts, stem):
    """The share of passages in which each stem occurs."""
    seen_in, passages, passage = collections.Counter(), 0, []
    for text in texts:
        for word in words_of(text):
            passage.append(stem(word))
            if len(passage) == PASSAGE_WORDS:
                seen_in.update(set(passage))
                passages += 1
                passage = []
    return {s: count / passages for s, count in seen_in.items()}


def bucket_of(stem):
    value = 0
    for byte in stem.encode():
        value = (value * 31 + byte) & 0xFFFFFFFF
    return ((value * 2654435761) & 0xFFFFFFFF) >> 22


def level(share):
    quarters = min(35, max(0, round(4 * -math.log(share))))
    return "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[quarters]


def strip_accents(word):
    """As terms.c folds Latin letters; Cyrillic keeps all but the dots of ё."""
    pairs = str.maketrans("äöüáéíóúàèìòùâêîôûãõçñё", "aouaeiouaeiouaeiouaocne")
    return word.translate(pairs)


def main():
    folder = pathlib.Path(sys.argv[1])
    stem = english_stemmer()
    total = collections.Counter()
    for source in (fortunes, glosses, descriptions):
        for s, share in shares(source(folder), stem).items():
            total[s] += share / 3
    english = set(ENGLISH.split())
    common = sorted((s for s in total if len(s) > 1 and s not in english),
                    key=lambda s: (-total[s], s))
    entries = [(s, level(total[s])) for s in common[:STEM_COUNT]]
    others = {strip_accents(word) for word in OTHERS.split()} - english
    entries += [(word, "!") for word in english] + [(word, "*") for word in others]
    buckets = collections.defaultdict(list)
    for s, end in sorted(entries):
        buckets[bucket_of(s)].append(s + end)
    print(HEAD)
    print(f"static const char *const background_table[{BUCKETS}] = {{")
    line = "   "
    for bucket in range(BUCKETS):
        piece = f' "{"".join(buckets[bucket])}",'
        if len(line + piece) > 100:
            print(line)
            line = "   "
        line += piece
    print(line)
    print("};")


main()
