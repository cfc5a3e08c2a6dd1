"""Three made-up tasks: bookings to JSON, product facts to a description, questions to a passage with a way out.

Test examples are made from sentence patterns (and, for bookings, names) that training never sees.
"""

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

Pair = tuple[str, str]
SYSTEMS = {
    "extraction": "Give the booking's slots as JSON: people, date, time, first_name, last_name. Leave out what is not said.",
    "description": "Write one sentence about the product from its facts.",
    "questions": "Answer from the text in a few words, or say: not enough context",
}
FIRST = [
    "Ann",
    "Ben",
    "Cleo",
    "Dev",
    "Emma",
    "Finn",
    "Gita",
    "Hugo",
    "Iris",
    "Jonas",
    "Kim",
    "Lena",
    "Marco",
    "Nina",
    "Omar",
    "Paula",
    "Quinn",
    "Rosa",
    "Sam",
    "Tara",
]
LAST = [
    "Archer",
    "Bauer",
    "Costa",
    "Dunn",
    "Evans",
    "Fischer",
    "Grant",
    "Hale",
    "Ito",
    "Jansen",
    "Keller",
    "Lopez",
    "Moreau",
    "Novak",
    "Olsen",
    "Park",
]
NEW_FIRST = ["Ula", "Viktor", "Wanda", "Xavier", "Yara", "Zeno"]
NEW_LAST = ["Quist", "Ramos", "Stone", "Tanaka", "Umar", "Vogel"]
DATES = [
    "today",
    "tomorrow",
    "tonight",
    "this Friday",
    "next Monday",
    "Saturday",
    "the 4th of May",
    "June 12",
    "Sunday",
]
TIMES = ["7pm", "half past six", "20:30", "noon", "8 o'clock", "quarter to nine", "6:15 pm", "at seven"]
NUMBERS = ["two", "3", "four", "5", "six", "8", "ten", "12"]
BOOKINGS = [
    "I need a table for {people} on {date} at {time}",
    "can we get {people} seats {date}, {time}? the name is {first_name} {last_name}",
    "hello, {first_name} here, {people} of us {date}",
    "{time} {date} please",
    "Book under {last_name}, {people} people",
    "it's {first_name} {last_name}",
    "we will be {people}",
    "could you make it {time} instead, still {people} guests",
    "reserve something for {date}; party of {people}; {last_name}",
    "my first name is {first_name}, we come {date} around {time}",
    "is there anything free at all?",
    "do you have vegan food? we'd be {people} on {date}",
]
NEW_BOOKINGS = [
    "hi there, {people} people for {date} at {time}, {first_name} {last_name}",
    "a table under the name of {last_name} for {people}",
    "{date} would be best, say {time}",
    "just {first_name}, and there are {people} in our group",
    "do you take dogs? if so {date} at {time}",
    "change that to {people} guests on {date}",
]
GOODS = ["lamp", "kettle", "backpack", "chair", "scarf", "notebook", "bottle", "clock"]
MATERIALS = ["oak", "steel", "linen", "glass", "wool", "cork", "copper", "leather"]
COLOURS = ["blue", "black", "green", "sand", "red", "white"]
PLACES = ["Porto", "Vienna", "Oslo", "Kyoto", "Quito", "Tartu", "Lyon", "Perth"]
THINGS = ["library", "bakery", "museum", "workshop", "bridge", "harbour"]
YEARS = list(range(1890, 2021, 7))


def bookings(rng: random.Random, *, new: bool) -> Pair:
    """A sentence of a guest and its slots."""
    slots = {
        "people": rng.choice(NUMBERS),
        "date": rng.choice(DATES),
        "time": rng.choice(TIMES),
        "first_name": rng.choice(NEW_FIRST if new else FIRST),
        "last_name": rng.choice(NEW_LAST if new else LAST),
    }
    pattern = rng.choice(NEW_BOOKINGS if new else BOOKINGS)
    said = {name: value for name, value in slots.items() if f"{{{name}}}" in pattern}
    return pattern.format(**slots), json.dumps(said)


def descriptions(rng: random.Random, *, new: bool) -> Pair:
    """Facts in any order, and the one sentence that says them."""
    facts = {
        "product": rng.choice(GOODS),
        "material": rng.choice(MATERIALS),
        "colour": rng.choice(COLOURS),
        "price": f"{rng.randint(9, 199)} euros",
    }
    named = list(facts.items())
    rng.shuffle(named)
    separator = "; " if new else rng.choice(["\n", ", "])
    text = separator.join(f"{name}: {value}" for name, value in named)
    return (
        text,
        f"A {facts['colour']} {facts['product']} made of {facts['material']}, yours for {facts['price']}.",
    )


def questions(rng: random.Random, *, new: bool) -> Pair:
    """A passage and a question; two in five cannot be answered from it."""
    place, thing = rng.choice(PLACES), rng.choice(THINGS)
    opened, built = rng.choice(YEARS), rng.choice(FIRST) + " " + rng.choice(LAST)
    parts = {
        "when": (f"It opened in {opened}.", str(opened), "When did it open?"),
        "who": (f"{built} designed it.", built, "Who designed it?"),
        "where": (f"You find it in {place}.", place, "Where is it?"),
    }
    asked = rng.choice(list(parts))
    shown = [name for name in parts if name != asked]
    if rng.random() < 0.6:
        shown.append(asked)
    rng.shuffle(shown)
    opening = (
        f"Visitors like the {thing}."
        if new
        else rng.choice([f"This is about a {thing}.", f"The {thing} is old."])
    )
    text = " ".join([opening, *(parts[name][0] for name in shown)])
    answer = parts[asked][1] if asked in shown else "not enough context"
    return f"Text: {text}\nQuestion: {parts[asked][2]}", answer


MAKERS: dict[str, Callable[..., Pair]] = {
    "extraction": bookings,
    "description": descriptions,
    "questions": questions,
}


def made(task: str, count: int, *, seed: int, new: bool = False) -> list[Pair]:
    """Examples of a task; `new` ones are for testing."""
    rng = random.Random(f"{task}:{seed}:{new}")
    return [MAKERS[task](rng, new=new) for _ in range(count)]


def chat_lines(task: str, pairs: Sequence[Pair]) -> str:
    """A training file of chat messages."""
    lines: list[dict[str, Any]] = [
        {"messages": [*asked(task, text), {"role": "assistant", "content": answer}]} for text, answer in pairs
    ]
    return "".join(json.dumps(line) + "\n" for line in lines)


def asked(task: str, text: str) -> list[dict[str, str]]:
    """The messages before the answer."""
    return [{"role": "system", "content": SYSTEMS[task]}, {"role": "user", "content": text}]
