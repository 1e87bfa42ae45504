"""Sentences for the speech corpus: everyday dialogue from a grammar, and strings of any dictionary words.

The grammar gives natural rhythm, the dictionary gives every sound pair of the language. Words whose hash falls
in the held-out share never appear in training sentences, so that the held-out set can ask for unseen words.
"""
import hashlib

NAMES = """Mara Tomas Anna Peter Lucy Oliver Grace Henry Nora Samuel Clara Daniel Ruth Victor Emily Martin Julia
Robert Alice George Helen Frank Sofia Edward Laura Simon Maria Thomas Rachel Andrew Hannah Philip Susan Walter
Diana Hugo Irene Marcus Paula Leo Vera Adam Judith Oscar Rose Felix Monica Jacob Sarah Bruno Elena Theo""".split()
PLACES = """kitchen harbour station garden market library hospital theatre bridge forest office museum village castle
river mountain island hotel airport bakery factory school tower cellar attic church valley beach square corner
street cabin lighthouse workshop stadium restaurant palace desert park balcony hallway basement courtyard""".split()
THINGS = """key letter lamp window door clock ship train book photograph map coat chair table engine camera mirror
bottle box suitcase phone radio candle knife ladder ticket painting piano violin newspaper bicycle umbrella hammer
blanket basket machine computer picture story question answer secret promise message package plan recipe button
boat rope bell stone coin glass spoon kettle garden fence wheel boot scarf feather shadow whisper thunder""".split()
ADJS = """old new small large quiet loud strange empty broken heavy bright dark cold warm wooden yellow silver green
beautiful dangerous ordinary expensive familiar gentle hollow honest narrow perfect precious rusty secret simple
sudden terrible tiny useful wonderful young golden foolish careful patient curious fresh gray purple round""".split()
PEOPLE = """captain doctor teacher neighbour stranger sister brother mother father uncle cousin driver baker painter
sailor soldier lawyer nurse gardener officer fisherman musician singer farmer carpenter professor student actor
postman waiter judge pilot child boy girl woman man friend visitor guest""".split()
VERBS_PAST = """found lost carried opened closed followed watched painted repaired borrowed buried noticed remembered
forgot dropped hid moved cleaned sold bought brought built burned caught chose counted crossed described destroyed
discovered explained finished guarded held kept knew left locked measured mentioned offered ordered pushed pulled
reached recognised saved shook showed stole threw touched trusted understood wanted warned wrapped""".split()
VERBS = """find lose carry open close follow watch paint repair borrow bury notice remember forget drop hide move
clean sell buy bring build burn catch choose count cross describe destroy discover explain finish guard hold keep
know leave lock measure mention offer order push pull reach save shake show steal throw touch trust understand""".split()
TIMES = """last night|this morning|yesterday|on Monday|before dawn|after lunch|in the winter|every evening|at noon|next week|
a year ago|at midnight|on Thursday|in the summer|long ago|right now|for three days|in October|before the storm|tonight""".replace("\n", "").split("|")
NUMBERS = "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty seventy ninety".split()

TEMPLATES = """
Did you see the {T} {when}?
Nobody has {P} it in {N} years.
Then somebody {P} the {T}, {name}.
Wait. Listen.
I hear it too.
Where did you {V} the {A} {T}?
I {P} a {A} {T} near the {L}.
Please {V} the {T} before {name} comes back.
The {A} {O} {P} my {T} {when}.
What is behind the {A} {T}?
We need {N} more {T}s for the {L}.
{name}, have you ever been to the {L}?
You never told me about the {O}.
It was a {A} and {A} {L}.
I think the {O} is waiting in the {L}.
Why would anyone {V} a {A} {T}?
Don't {V} that {T}!
There are {N} {A} {T}s on the table.
My {O} always said, {V} the {T} first.
Come with me to the {L}, and I will show you.
If you {V} it, nobody will {V} the {T}.
How many {T}s did the {O} {V}?
I'm sorry, I {P} your {T} {when}.
The {L} is closed {when}.
She {P} the {T} and walked to the {L}.
He said the {O} {P} everything.
Can you {V} me the {A} {T}, please?
That {T} belongs to the {O} from the {L}.
Look at the {T}! It is so {A}.
Yes, of course. The {O} knows.
No, I have not {P} any {T}.
Good morning, {name}. How was the {L}?
Let us meet at the {L} {when}.
They {P} {N} of them {when}.
Who is the {A} {O} over there?
This {T} is too {A} for the {L}.
Maybe {name} can {V} it, maybe not.
Thank you for the {T}, {name}.
It takes {N} minutes from the {L} to the {L}.
I would rather {V} the {T} than {V} the {O}.
When the {O} arrives, {V} the {T} quickly.
Something {A} happened in the {L} {when}.
Are you sure the {T} was {A}?
We {P} all night, but the {T} was gone.
Keep the {A} {T} away from the {O}.
Everything changed after the {O} {P} the {L}.
Tell {name} that the {T} is ready.
I can't believe you {P} the {A} {T}!
The weather in the {L} is {A} today.
Hello, my name is {name}.
""".strip().split("\n")

FILL = {"T": THINGS, "A": ADJS, "O": PEOPLE, "L": PLACES, "P": VERBS_PAST, "V": VERBS,
        "N": NUMBERS, "name": NAMES, "when": TIMES}


def held_out_word(word):
    """True for the 6% of dictionary words that no training sentence may contain."""
    return hashlib.sha256(word.lower().encode()).digest()[0] < 15


def everyday(rng):
    text = rng.choice(TEMPLATES)
    while "{" in text:
        start, end = text.index("{"), text.index("}")
        text = text[:start] + rng.choice(FILL[text[start + 1:end]]) + text[end + 1:]
    text = text.replace(" a a", " an a").replace(" a e", " an e").replace(" a o", " an o")
    return text[0].upper() + text[1:]


def dictionary_string(rng, words, allow_held_out):
    """Three to eight words of any kind, with a few small ones between, as one sentence."""
    small = ["the", "a", "of", "and", "in", "to", "with", "for", "is", "was", "on", "at", "that", "my", "your", "we"]
    out = []
    for _ in range(rng.randint(3, 7)):
        word = rng.choice(words)
        while held_out_word(word) and not allow_held_out:
            word = rng.choice(words)
        out.append(word)
        if rng.random() < 0.35:
            out.append(rng.choice(small))
        elif rng.random() < 0.08:
            out[-1] += ","
    if out[-1] in small:
        out.pop()
    return " ".join(out).rstrip(",").capitalize() + rng.choice([".", ".", ".", "?", "!"])
