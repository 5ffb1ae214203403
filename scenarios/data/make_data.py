#!/usr/bin/env python3
"""Write the data files of this folder anew: `python3 scenarios/data/make_data.py`.

A made-up bicycle workshop answers its customers. Customers ask in everyday words, the answers are
in the mechanic's words, and few words are in both: a ranker that only counts shared words does
badly, one that has learnt from the rows does well.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
TRAIN_ROWS = 300
EVAL_ROWS = 80
NEGATIVES = 4

# What customers call their bicycle, how the workshop calls it, and what the workshop adds for it.
KINDS = [
    ("city bike", "Upright town model", "On this model we also look at the enclosed drivetrain."),
    ("mountain bike", "Off-road hardtail", "Mud gets everywhere here, so clean before you measure."),
    ("folding bike", "Compact folder", "Mind the main hinge when you clamp it in the stand."),
    ("cargo bike", "Long-wheelbase carrier", "Empty the box first; it takes two people to turn it over."),
    ("racing bike", "Road racer", "Use a torque wrench on anything made of carbon."),
    ("kid's bike", "Junior twenty-inch", "Spare parts for it are small, but not expensive."),
    ("electric bike", "Pedelec with mid motor", "Take the battery out before any work."),
    ("tandem", "Two-seat tourer", "Everything carries twice the load, so check it twice as often."),
]

# How customers put each problem, and the two answers of the workshop.
PROBLEMS = [
    (
        ["squeals when I slow down", "makes an awful screech when I try to stop", "howls whenever I want to halt"],
        "Glazed pads are the usual cause: sand the surface lightly, degrease the rotor, and toe the caliper in.",
        "Contaminated rotors sing. Wipe them with isopropyl alcohol and bed in fresh pads with twenty firm stops.",
    ),
    (
        ["hardly slows down in the rain", "takes ages to stop", "will not stop properly any more"],
        "Replace pads below one millimetre and shorten the cable at the barrel adjuster until the lever bites early.",
        "A spongy lever means air in the hydraulic line; bleed the caliper with mineral oil, bottom to top.",
    ),
    (
        ["jumps when I push hard", "slips under my feet uphill", "skips while I accelerate"],
        "A stretched chain rides up the sprocket teeth: fit a new one, and a cassette too if it reads over 0.75.",
        "Check the freehub pawls for dried grease; if they engage late, flush and oil them lightly.",
    ),
    (
        ["will not go into the easiest setting", "refuses the low range on hills", "sticks in the heavy range"],
        "Turn the lower limit screw of the derailleur outwards by quarters, then index the cable again.",
        "A bent hanger keeps the derailleur off the largest sprocket; straighten it with the alignment gauge.",
    ),
    (
        ["goes soft overnight", "is flat every second morning", "keeps losing air"],
        "Find the puncture under water, roughen the tube and patch it; then feel inside the tyre for the thorn.",
        "If the patch holds, suspect the valve core: tighten it with the key or renew it.",
    ),
    (
        ["wobbles from side to side at the back", "has a wheel that is not round any more", "shimmies like a snake"],
        "True the rim by evening out spoke tension, half a turn at a time, opposite spokes in pairs.",
        "A broken spoke lets the rim drift; lace in a new one of the same length and true the rim.",
    ),
    (
        ["clunks under me with every turn of the legs", "creaks each time a foot goes round", "knocks while pedalling"],
        "Pull the crank, grease the bottom bracket shell and torque the bolts crosswise.",
        "Play in the bottom bracket bearings calls for a new cartridge; the old one presses out in minutes.",
    ),
    (
        ["feels loose when I turn the bars", "rattles in front over kerbs", "has a shaky front end"],
        "Preload the headset: loosen the stem, nip up the top cap until the play is gone, tighten the stem.",
        "Pitted headset races are felt as notches; press out the cups and replace both bearings.",
    ),
    (
        ["stays dark at night", "has no light in front", "leaves me unseen in the evening"],
        "Follow the wire from the hub dynamo: the plug at the fork corrodes first, so clean the contacts.",
        "When the dynamo gives six volts and the lamp is dead, the lamp's rectifier has gone; swap the lamp.",
    ),
    (
        ["hurts my behind after an hour", "makes me sore when I sit", "is a pain to sit on"],
        "Level the saddle with a spirit level and measure your sit bones; most people ride one that is too narrow.",
        "Raise the seatpost until the knee is almost straight at the bottom, then slide the rails back a little.",
    ),
    (
        ["makes my hands go numb", "gives me tingling fingers", "puts my palms to sleep"],
        "A shorter stem takes weight off the wrists; ergonomic grips spread what is left.",
        "Rotate the levers down until wrist and forearm make one line, and lower the tyre pressure slightly.",
    ),
    (
        ["sinks slowly while I ride", "gets lower under me on each trip", "drops when I sit down"],
        "Clean the seatpost and the inside of the tube, apply assembly paste, and tighten the collar to five newton "
        "metres.",
        "A worn quick-release cam no longer clamps; replace the collar with a bolted one.",
    ),
    (
        ["throws the greasy links off", "drops its links when I change", "comes off the front teeth"],
        "Set the front cage parallel to the chainring, two millimetres above it, and turn the upper limit screw in.",
        "A slack tensioner spring lets the chain bounce; take out two links or renew the tensioner.",
    ),
    (
        ["has orange spots everywhere", "is turning brown at the joints", "looks eaten by the winter salt"],
        "Brush off the oxide, treat bare steel with a converter and seal it with clear lacquer.",
        "Surface corrosion on bolts comes off with wire wool and oil; pitted ones are replaced with stainless.",
    ),
    (
        ["bottoms out on every bump", "dives when I touch the levers", "bounces like a boat"],
        "Set the sag: a quarter of the fork's travel under your weight, by pump for air or by preload for coils.",
        "Fork oil older than two seasons damps nothing; have the cartridge serviced and the seals renewed.",
    ),
    (
        ["is too big for my daughter", "has to fit someone smaller", "is too long for me to reach"],
        "Swap the stem for one of forty millimetres and move the saddle forward on its rails.",
        "Shorter cranks bring the pedals within reach; the frame itself cannot be made smaller.",
    ),
    (
        ["got stolen bits last week", "lost its wheel outside the station", "was robbed of its seat"],
        "Security skewers open only with their own key; we fit them on both axles and the seat clamp.",
        "Note the frame number, report it to the police, and register the frame with us free of charge.",
    ),
    (
        ["pulls to the left with no hands", "drifts off when I let go", "will not go straight"],
        "Check that the wheel sits centred in the dropouts, then lay a string along the frame to see a bent fork.",
        "Uneven tyre wear steers: turn the tyre round, and look at the fork's alignment on the jig.",
    ),
    (
        ["splashes water up my back", "soaks my trousers when it is wet", "sprays dirt on whoever follows"],
        "Full-length mudguards with a flap reach within a hand of the ground and keep spray down.",
        "Clip-on guards shake loose; bolt stays to the eyelets of the frame instead.",
    ),
    (
        ["has to carry my shopping", "needs room for two bags", "should take a week's luggage"],
        "A rear rack rated for twenty-five kilograms bolts to the eyelets; panniers hang low and steady.",
        "Without eyelets, use a rack with clamps and stay below ten kilograms.",
    ),
    (
        ["stood in the shed for five years", "was forgotten in a cellar", "has not been moved since spring"],
        "Renew tyres, tubes and cables, repack the hubs, and go over each bolt with the torque wrench.",
        "A full overhaul takes two days: we strip, degrease, inspect, and assemble with fresh bearings.",
    ),
    (
        ["clicks once per wheel turn", "ticks faster the faster I go", "taps as the wheel spins"],
        "Look for a reflector or a cable tie that touches the spokes, then for a stone in the tread.",
        "A cracked hub flange ticks under load; look at it with a lamp and never ride on with one.",
    ),
]

# What only one with a motor can have.
ELECTRIC_PROBLEMS = [
    (
        ["stops helping me halfway up", "loses its push after a few miles", "has no more boost"],
        "Read the fault code on the display; a magnet out of line with the speed sensor is the commonest.",
        "Cells below sixty per cent of their capacity cannot feed the motor; have the pack tested on the bench.",
    ),
    (
        ["will not charge", "shows a red lamp when plugged in", "is empty each morning"],
        "Clean the terminals of the pack and of the charger; measure the charger, which should give forty-two volts.",
        "A pack stored empty over the cold season may have shut itself off: the maker can wake it up.",
    ),
]

FORMS = [
    "My {kind} {ask}. What can I do?",
    "Help, my {kind} {ask}",
    "Why is it that my {kind} {ask}?",
    "What to do when my {kind} {ask}?",
    "{kind} {ask}",
    "The {kind} I ride to work {ask}. Can you repair it?",
]


def answer(kind: tuple[str, str, str], text: str) -> str:
    return f"{kind[1]}: {text} {kind[2]}"


def rerank_rows(chance: random.Random) -> list[dict[str, object]]:
    """One row for each way to put each problem with each kind of bicycle, in random order."""
    rows: list[dict[str, object]] = []
    for kind in KINDS:
        problems = PROBLEMS + (ELECTRIC_PROBLEMS if kind[0] == "electric bike" else [])
        for problem in problems:
            for ask in problem[0]:
                query = chance.choice(FORMS).format(kind=kind[0], ask=ask)
                relevant = [answer(kind, text) for text in chance.sample(problem[1:], chance.choice([1, 1, 1, 2]))]
                others = chance.sample([other for other in problems if other is not problem], NEGATIVES)
                negatives = [answer(kind, chance.choice(other[1:])) for other in others]
                rows.append(
                    {
                        "query": query[0].upper() + query[1:],
                        "relevant_passages": relevant,
                        "hard_negatives": negatives,
                    }
                )
    chance.shuffle(rows)
    return rows


def embed_rows(chance: random.Random) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for number, problem in enumerate(PROBLEMS + ELECTRIC_PROBLEMS, start=1):
        row: dict[str, object] = {
            "text": problem[1],
            "article": number,
            "title": problem[0][0].capitalize(),
            "minutes": chance.randrange(10, 240, 5) / 2,
        }
        if number % 3 == 0:
            row["author"] = chance.choice(["Åsa", "Jörg", "Mia", "Théo"])
        rows.append(row)
    return rows


def collision_rows(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [
        *rows[:2],
        {
            "query": "What can make Physics easy to learn?",
            "relevant_passages": ["How can you make physics easy to learn?"],
            "hard_negatives": [
                "What are some good books about physics?",
                "How can you make physics easy to learn?",
                "Why do so many pupils give up physics?",
            ],
        },
        *rows[2:5],
    ]


def write(name: str, rows: list[dict[str, object]]) -> None:
    with (FOLDER / name).open("w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def main() -> None:
    chance = random.Random(20240117)
    rows = rerank_rows(chance)
    write("rerank_train.jsonl", rows[:TRAIN_ROWS])
    write("rerank_eval.jsonl", rows[TRAIN_ROWS : TRAIN_ROWS + EVAL_ROWS])
    write("rerank_relevant_passage_hard_negative_collision.jsonl", collision_rows(rows))
    write("embed.jsonl", embed_rows(chance))


if __name__ == "__main__":
    main()
