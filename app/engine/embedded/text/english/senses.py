"""Words whose senses sound unlike each other, one reader a word: cues near it, and its part of speech.

Each reader gives the phonemes meant, or None where the lexicon's entry and the part of speech shall decide.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.engine.embedded.text.english.parts_of_speech import (
    BEING,
    DETERMINERS,
    MODALS,
    OBJECTS,
    Surroundings,
    part_of_speech,
)
from app.engine.embedded.text.word_lists import words

HAVING = words(
    "have has had having i've we've you've they've he's she's it's haven't hasn't hadn't been was were is are be "
    "being 'd got "
    "widely well"
)
PAST_CUES = words(
    "yesterday ago last earlier once before already finally later when then was were had did went said told came saw "
    "took "
    "gave made knew thought felt found left sat stood began asked looked until aloud during"
)
PRESENT_CUES = words(
    "every often usually always now daily tomorrow can will must to do does sometimes never today please"
)
PLACES_TO_LIVE = words(
    "in with at here there near nearby together alone forever under among by without through longer long happily for "
    "between "
    "next across close up off on to like abroad where and separately"
)


@dataclass(frozen=True, slots=True)
class Sense:
    """What a reader looks at: the clause, the words of the sentence near by, whether it is written like a name."""

    around: Surroundings
    near: frozenset[str]
    is_capital: bool

    @property
    def before(self) -> str:
        """The nearest word on the left that says something."""
        return self.around.before()

    @property
    def following(self) -> str:
        """The next word."""
        return self.around.following

    @property
    def role(self) -> str:
        """VERB, NOUN or ADJ."""
        return part_of_speech(self.around)


def sense_by_cues(word: str, around: Surroundings, near: Sequence[str], *, is_capital: bool) -> str | None:
    """The phonemes of a word with senses; None where the lexicon decides."""
    return READERS[word](Sense(around, frozenset(near), is_capital))


def _cued(cues: str, meant: str, otherwise: str | None = None) -> Callable[[Sense], str | None]:
    """One sense where a cue stands near, else another."""
    table = words(cues)
    return lambda sense: meant if sense.near & table else otherwise


def _minute(sense: Sense) -> str:
    tiny = words("detail details amount amounts quantity quantities particle particles trace traces difference "
                 "differences "
                 "fraction fractions crack cracks dose doses examination grain grains insect insects speck specks "
                 "variation "
                 "variations hole holes inspection scratch scratches organism organisms change changes bubbles "
                 "proportions")  # fmt: skip
    return (
        "mInˈut" if sense.following in tiny or sense.before in ("so", "very", "too", "extremely", "most") else "mˈɪnət"
    )


def _close(sense: Sense) -> str:
    near_verbs = words("came come comes get gets got getting stay stayed sit sat stand stood keep kept follow "
                       "followed live lives "
                       "lived draw drew move moved hold held huddled cut run hit look")  # fmt: skip
    if sense.following in ("to", "by", "enough", "together", "behind") and sense.role != "VERB":
        return "klˈOs"
    if sense.before in near_verbs:
        return "klˈOs"
    if sense.role == "NOUN" and sense.before in ("the", "a") and sense.following in ("of", ""):
        return "klˈOz"
    return "klˈOz" if sense.role == "VERB" or (not sense.before and sense.following in OBJECTS) else "klˈOs"


def _live(sense: Sense) -> str:
    shown = words("go goes going went gone broadcast broadcasts perform performs performed performing stream "
                  "streamed streaming "
                  "play played plays playing sing sang recorded watch watched seen see aired airing come coming "
                  "comes shown "
                  "air")  # fmt: skip
    if sense.before in shown or "broadcast" in sense.around.left[:3]:
        return "lˈIv"
    if sense.role == "VERB":
        return "lˈɪv"
    is_verb = sense.following in PLACES_TO_LIVE and sense.before not in DETERMINERS | BEING and bool(sense.before)
    return "lˈɪv" if is_verb else "lˈIv"


def _lives(sense: Sense) -> str:
    if sense.before in DETERMINERS or sense.before in words(
        "of save saves saved saving lost lose cost costs claimed changed"
    ):
        return "lˈIvz"
    # "Lives on" behind a noun may be either, "on" a place or a verb's: the lexicon's reading stands.
    is_verb = sense.role == "VERB" or sense.following in PLACES_TO_LIVE - {"on"}
    return "lˈɪvz" if is_verb else "lˈIvz"


def _read(sense: Sense) -> str:
    before = sense.before
    if before in HAVING or sense.following == "by" or set(sense.around.left[:3]) & words("have has had haven't hasn't"):
        return "ɹˈɛd"
    if before in MODALS or before in DETERMINERS or not before:
        return "ɹˈid"
    if before in ("he", "she", "it", "who", "nobody", "everyone", "somebody", "someone"):
        return "ɹˈɛd"
    if sense.near & PRESENT_CUES - {"to", "never"} and not sense.near & words("yesterday ago last"):
        return "ɹˈid"
    if sense.near & PAST_CUES:
        return "ɹˈɛd"
    is_plural = before in ("i", "we", "you", "they") or (before.endswith("s") and not before.endswith("ss"))
    return "ɹˈid" if is_plural or before in ("and", "or", "but") else "ɹˈɛd"


def _lead(sense: Sense) -> str:
    metal = words("pipe pipes poison poisoning poisonous paint paints acid battery batteries bullet bullets weight "
                  "weights pencil "
                  "pencils metal metals toxic molten solder zinc copper tin roof crystal gasoline petrol ore shot "
                  "apron shielding "
                  "leaded heavy melted melting mercury plumbing sinker glaze foil contaminated")  # fmt: skip
    return "lˈɛd" if sense.near & metal and sense.role != "VERB" and sense.before not in ("take", "took") else "lˈid"


def _tear(sense: Sense) -> str:
    rip = words("dress paper shirt jeans fabric muscle ligament wear cloth page pages curtain tendon meniscus "
                "hamstring knee sleeve "
                "sail seam trousers pants skirt coat net tent apart down off open strip sheet bag hole cartilage "
                "rotator cuff "
                "envelope wallpaper pieces shreds half up out")  # fmt: skip
    weep = words(
        "eye eyes cry cried crying cheek cheeks shed drop joy gas wept weep face duct ducts burst sob wiped rolled sad"
    )
    s = "z" if sense.around.word == "tears" else ""
    if sense.role == "VERB" or (sense.near & rip and not sense.near & weep):
        return "tˈɛɹ" + s
    return "tˈɪɹ" + s


def _bow(sense: Sense) -> str:
    s = "z" if sense.around.word == "bows" else ""
    bend = words("ship boat vessel deck stern took take takes audience low deep stage down respectfully head heads "
                 "king queen "
                 "applause curtain politely")  # fmt: skip
    tied = words("arrow arrows tie ribbon violin hair tied string cello archer shoot quiver red pink hunting")
    if sense.near & tied and sense.role != "VERB":
        return "bˈO" + s
    return "bˈW" + s if sense.role == "VERB" or sense.near & bend or sense.following in ("to", "before") else "bˈO" + s


def _row(sense: Sense) -> str | None:
    quarrel = words(
        "over about erupted broke blazing terrible huge political diplomatic furious heated bitter neighbours"
    )
    is_quarrel = (
        sense.role != "VERB" and sense.near & quarrel and not sense.near & words("front back seats houses chairs seat")
    )
    return "ɹˈW" if is_quarrel else None


def _wind(sense: Sense) -> str:
    s = "z" if sense.around.word == "winds" else ""
    turning = words("up down around round through along past its back clock watch toward towards into")
    is_road = bool(
        sense.near & words("road path river trail stream street lane stairs clock watch tape yarn wool rope")
    )
    is_turned = sense.following in turning | OBJECTS and (is_road or sense.role == "VERB")
    return ("wˈInd" if is_turned or (sense.role == "VERB" and sense.before in MODALS) else "wˈɪnd") + s


def _wound(sense: Sense) -> str:
    turned = words("up down around round through its tightly along back")
    if sense.following in turned and sense.before not in ("the", "a", "an", "his", "her", "my"):
        return "wˈWnd"
    is_verb = sense.before in words("he she they i we it had has have was were") and sense.following in OBJECTS
    return "wˈWnd" if is_verb else "wˈund"


def _resume(sense: Sense) -> str:
    paper = words("writing tips builder template templates skills review gap gaps cover letter page career")
    is_paper = sense.role != "VERB" and (
        sense.before in DETERMINERS or sense.before.endswith("'s") or sense.following in paper
    )
    return "ɹˈɛzəmˌA" if is_paper or sense.before in ("of", "on", "with") else "ɹəzˈum"


def _content(sense: Sense) -> str:
    is_pleased = sense.before in BEING and (
        sense.following in ("with", "to", "in", "just", "and", "but", "") or sense.near & words("not")
    )
    return "kəntˈɛnt" if is_pleased or sense.role == "VERB" else "kˈɑntɛnt"


def _invalid(sense: Sense) -> str:
    is_person = sense.role == "NOUN" and sense.before in (
        "an",
        "the",
        "helpless",
        "elderly",
        "chronic",
        "old",
        "poor",
        "bedridden",
    )
    return "ˈɪnvəlɪd" if is_person else "ɪnvˈælɪd"


def _use(sense: Sense) -> str:
    s = "ᵻz" if sense.around.word == "uses" else ""
    if sense.role == "VERB":
        return "jˈuz" + s
    is_noun = (sense.before in DETERMINERS | words("of in for into make makes made making daily heavy land drug "
              "water energy "
                                                   "common fair")
               or sense.before.endswith("'s") or (sense.following in ("of", "for") and bool(sense.before)))  # fmt: skip
    return ("jˈus" if is_noun else "jˈuz") + s


def _used(sense: Sense) -> str:
    is_habit = sense.following == "to" and sense.before not in words(
        "is are was were be been being it's commonly often widely"
    )
    return "jˈust" if is_habit or (sense.following == "to" and "get" in sense.around.left[:2]) else "jˈuzd"


def _object(sense: Sense) -> str | None:
    return (
        "əbʤˈɛkt"
        if sense.following == "to" and sense.before not in DETERMINERS | {"of", "an"} and sense.before
        else None
    )


def _learned(sense: Sense) -> str | None:
    people = words("man men woman scholar scholars professor judge friend society people colleague counsel gentleman")
    return "lˈɜɹnɪd" if sense.following in people and sense.before in DETERMINERS else None


def _dove(sense: Sense) -> str:
    is_dive = (
        sense.following in words("into in under off down deep for through headfirst")
        and sense.before not in DETERMINERS
    )
    return "dˈOv" if is_dive and bool(sense.before) else "dˈʌv"


def _polish(sense: Sense) -> str | None:
    nation = words("language people border government president zloty army food citizen city town village border "
                   "writer poet "
                   "composer soldiers workers woman man sausage history embassy film born")  # fmt: skip
    return "pˈOlɪʃ" if sense.is_capital or (sense.following in nation and sense.role != "VERB") else "pˈɑlɪʃ"


def _aged(sense: Sense) -> str | None:
    family = words("parents man woman mother father relatives aunt uncle grandmother grandfather")
    return "ˈAʤᵻd" if (sense.before == "the" and not sense.following) or sense.following in family else None


def _subject(sense: Sense) -> str | None:
    return "sˈʌbʤɛkt" if sense.following == "to" and sense.role != "VERB" else None


READERS: dict[str, Callable[[Sense], str | None]] = {
    "minute": _minute, "close": _close, "live": _live, "lives": _lives, "read": _read, "lead": _lead, "tear": _tear,
    "tears": _tear, "bow": _bow, "bows": _bow, "row": _row, "wind": _wind, "winds": _wind, "wound": _wound,
    "resume": _resume, "content": _content, "invalid": _invalid, "use": _use, "uses": _use, "used": _used,
    "object": _object, "learned": _learned, "dove": _dove, "polish": _polish, "aged": _aged, "subject": _subject,
    "bass": _cued("fish fishing fisherman caught catch lake sea largemouth striped river grilled fillet angler "
                  "pond", "bˈæs", "bˈAs"),
    "axes": _cued("wood chop woodcutters sharp hatchets swords throwing lumberjacks tools chopped "
                  "shields", "ˈæksᵻz", "ˈæksˌiz"),
    "bases": _cued("theoretical legal scientific moral philosophical mathematical empirical", "bˈAsˌiz", "bˈAsᵻz"),
    "sow": _cued("piglets pig pigs boar litter farrowed pen sty", "sˈW", "sˈO"),
    "primer": _cued("on beginners reading textbook introduction grammar short", "pɹˈɪməɹ", "pɹˈIməɹ"),
    "contents": lambda sense: "kəntˈɛnts" if sense.following in ("himself", "herself", "itself") else "kˈɑntɛnts",
    "blessed": _cued("virgin mother sacrament trinity souls", "blˈɛsᵻd"),
    "moped": _cued("around about all house", "mˈOpt"),
}  # fmt: skip
