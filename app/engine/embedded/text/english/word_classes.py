"""What kind of word a word is by its look alone: closed lists, frequent verbs and adjectives, endings.

Rough on purpose: it serves as evidence for `homographs`, whose weights learn how far to trust it.
"""

from __future__ import annotations

from functools import lru_cache

from app.engine.embedded.text.marks import MARK
from app.engine.embedded.text.word_lists import words

_CLOSED = {
    "the": words("the"),
    "a": words("a an another"),
    "poss": words("my your his its our their whose"),
    "her": words("her"),
    "dem": words("this that these those"),
    "quant": words("some any each every no all both many few several more most other such much enough either neither "
                   "half"),
    "num": words("one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred "
                 "thousand million first second third fourth last next"),
    "modal": words("will would can could should shall may might must cannot can't won't wouldn't couldn't shouldn't "
                   "i'll we'll you'll they'll he'll she'll it'll i'd we'd you'd they'd he'd she'd gonna gotta wanna"),
    "do": words("do does did don't doesn't didn't"),
    "let": words("let lets let's please help helps helped make makes made"),
    "to": words("to"),
    "subj": words("i we they you who"),
    "subj3": words("he she it everyone everybody nobody someone somebody anyone one"),
    "obj": words("me him them us myself himself herself itself themselves yourself ourselves"),
    "be": words("is are was were am be been being isn't aren't wasn't weren't i'm you're we're they're he's she's it's "
                "that's there's"),
    "have": words("have has had having haven't hasn't hadn't i've we've you've they've"),
    "seem": words("seem seems seemed feel feels felt look looks looked become becomes became remain remains remained "
                  "stay stays stayed get gets got getting sound sounds"),
    "of": words("of"),
    "in": words("in on at into onto inside within upon"),
    "for": words("for with by from about through over under after before without per between during against towards "
                 "toward behind beyond across via than like near since until among despite around along above below "
                 "beneath beside past"),
    "as": words("as so too very quite rather really pretty extremely fairly how"),
    "and": words("and or but nor & yet"),
    "that": words("if when while because whether although though unless where why once that which what"),
    "there": words("there here"),
    "not": words("not never always often also still just even then now soon usually sometimes ever rarely already "
                 "again only once seldom today tomorrow yesterday"),
    "up": words("up down out off away back together apart"),
    "want": words("want wants wanted try tries tried need needs needed hope hopes hoped like likes plan plans planned "
                  "refuse refused able going ready used decide decided begin began seem hard "
                  "easy ways time way right "
                  "failed agreed asked free"),
}  # fmt: skip
_CLASS_OF = {word: kind for kind, listed in reversed(list(_CLOSED.items())) for word in listed}
_VERBS = words(
    "go come see know take give find think tell become leave put mean keep begin show "
    "hear play run move live believe "
    "hold bring happen write sit stand lose pay meet include continue set learn change lead understand watch follow "
    "stop create speak read spend grow open walk win teach offer remember consider appear buy serve die send build "
    "stay fall cut reach kill raise pass sell decide return explain hope develop carry "
    "break receive agree support hit "
    "eat cover catch draw choose cause point listen add love hate want say ask work call "
    "try need use turn start help "
    "talk provide allow sing drink drive fly fight throw wear rise ring wake cook sleep stir wait look check print "
    "clean fill enter remove click accept achieve admit affect announce apply argue arrive avoid "
    "beat become bite blame boil "
    "borrow burn celebrate charge claim climb collect compare complain contain cost count "
    "cross cry damage dance deal "
    "defend deliver demand deny depend describe deserve destroy discover discuss divide doubt dream drop earn employ "
    "encourage enjoy ensure escape examine exist expect express face fail fear feed fit fix fold forget forgive gain "
    "gather grab grant greet guess handle hang hate hide hire hunt hurry hurt identify ignore imagine improve inform "
    "intend invent join judge jump kick knock lack land laugh lay lie lift limit link "
    "load lock manage marry mark match "
    "matter mention mind miss mix notice obey obtain offend operate order own paint pick "
    "plan plant please point pour "
    "praise prefer prepare press prevent promise protect prove publish pull push race react realise realize receive "
    "recognise recognize recommend reduce regret relate repair repeat replace reply report "
    "require rescue rest result "
    "return reveal ride risk rule rush save seek seize select share shoot shout shut sign smell smile solve sound "
    "spread steal stick strike struggle study succeed suffer suggest supply surprise survive "
    "swim tend test thank threaten "
    "touch trade train travel treat trust visit vote warn wash waste welcome wish wonder worry"
)
_PEOPLE = words("people men women children police folk staff cattle mice teeth feet")
_PAST = words(
    "went came saw knew took gave found thought told left kept began showed heard ran held brought wrote sat stood "
    "lost paid met led understood spoke spent grew won taught bought sent built fell sold "
    "broke ate caught drew chose "
    "said drank drove flew fought threw wore rose rang woke slept hid hung shot stole "
    "swam sang sank sold struck swore "
    "burned burnt felt fed fled forgot froze hurt laid lay lit rode shook shut slid spread stuck swung wept won"
)
_ADJECTIVES = words(
    "new old good bad big small great high low long short little large same whole only real true early late recent "
    "current main full public private local national best worst better certain double single poor fresh free young "
    "own different important easy hard strong clear red blue green white black hot cold dry wet clean dark deep rich "
    "heavy light soft loud quick slow huge tiny sharp fair safe rare odd fine final "
    "future official modern major minor "
    "royal empty open annual daily weekly key top key famous foreign false fierce warm wide thick thin sad happy"
)
# The longer of two endings that fit comes first.
_ENDINGS = {
    "ing": "ing", "ed": "past", "ous": "adj", "ful": "adj", "able": "adj", "ible": "adj", "less": "adj", "ical": "adj",
    "ial": "adj", "ish": "adj", "ive": "adj", "tion": "noun", "sion": "noun", "ment": "noun", "ness": "noun",
    "ity": "noun", "ship": "noun", "ism": "noun", "ance": "noun", "ence": "noun", "ers": "nouns", "ors": "nouns",
    "ists": "nouns", "er": "noun", "or": "noun", "ist": "noun", "est": "adj", "ic": "adj", "al": "adj", "ary": "adj",
}  # fmt: skip


@lru_cache(maxsize=8192)
def word_class(token: str) -> str:
    """A short name of the kind of a token in lower case; "," for marks, "$" for the ends of the text."""
    if not token:
        return "$"
    if MARK.match(token):
        return "word"  # of a pronunciation dictionary
    if not token[0].isalpha():
        return "," if token[0] in ",;:—-–" else "$" if token[0] in ".!?…" else "q"
    kind = _CLASS_OF.get(token)
    if kind:
        return kind
    if token in _VERBS:
        return "verb"
    if token in _PAST:
        return "past"
    if token in _ADJECTIVES:
        return "adj"
    if token in _PEOPLE:
        return "s"
    if token.endswith("s") and "'" not in token and (token[:-1] in _VERBS or token[:-2] in _VERBS):
        return "verbs"
    return _by_ending(token)


def _by_ending(token: str) -> str:
    if token.endswith(("'s", "s'")):
        return "poss"
    if token.endswith("ly") and len(token) > 4:
        return "ly"
    if len(token) > 4:
        kind = next((kind for ending, kind in _ENDINGS.items() if token.endswith(ending)), None)
        if kind:
            return kind
    if len(token) > 3 and token.endswith("s") and not token.endswith(("ss", "us", "is")):
        return "s"
    return "word"
