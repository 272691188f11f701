"""Tables of written English: currencies, units, months, abbreviations, signs."""

from __future__ import annotations

from app.engine.embedded.text.word_lists import word_list, words

Forms = tuple[str, str]


def _pairs(text: str) -> dict[str, Forms]:
    """ "km kilometer, ft foot feet" -> the forms for one and for many; a plain plural takes -s."""
    table = {}
    for entry in text.split(","):
        sign, one, *many = (part.replace("_", " ") for part in entry.split())
        table[sign] = (one, many[0] if many else one + "s")
    return table


# sign -> (one, many, one hundredth, hundredths)
_DOLLAR = ("cent", "cents")
CURRENCIES = {
    sign: (f"{country} dollar".strip(), f"{country} dollars".strip(), *_DOLLAR)
    for signs, country in {
        "$ US$ USD": "", "A$ AU$ AUD": "Australian", "C$ CA$ CAD": "Canadian", "NZ$ NZD": "New Zealand",
        "HK$ HKD": "Hong Kong", "S$ SG$ SGD": "Singapore", "NT$ TWD": "Taiwan", "J$": "Jamaican",
    }.items() for sign in signs.split()
} | {
    "MX$": ("Mexican peso", "Mexican pesos", "centavo", "centavos"), "MXN": ("Mexican peso", "Mexican pesos", "", ""),
    "R$": ("real", "reais", "centavo", "centavos"), "BRL": ("real", "reais", "centavo", "centavos"),
    "€": ("euro", "euros", "cent", "cents"), "EUR": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"), "GBP": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "", ""), "JPY": ("yen", "yen", "", ""), "CN¥": ("yuan", "yuan", "", ""),
    "CNY": ("yuan", "yuan", "", ""), "RMB": ("yuan", "yuan", "", ""), "₹": ("rupee", "rupees", "paisa", "paise"),
    "Rs.": ("rupee", "rupees", "paisa", "paise"), "Rs": ("rupee", "rupees", "paisa", "paise"),
    "INR": ("rupee", "rupees", "paisa", "paise"), "₩": ("won", "won", "", ""), "KRW": ("won", "won", "", ""),
    "₽": ("ruble", "rubles", "kopeck", "kopecks"), "RUB": ("ruble", "rubles", "kopeck", "kopecks"),
    "CHF": ("franc", "francs", "centime", "centimes"), "₺": ("lira", "lira", "", ""), "₪":
    ("shekel", "shekels", "", ""),
    "₱": ("peso", "pesos", "", ""), "₫": ("dong", "dong", "", ""), "₦": ("naira", "naira", "", ""),
    "฿": ("baht", "baht", "", ""), "₴": ("hryvnia", "hryvnias", "", ""), "SEK": ("krona", "kronor", "", ""),
    "NOK": ("krone", "kroner", "", ""), "DKK": ("krone", "kroner", "", ""), "ZAR": ("rand", "rand", "", ""),
    "PLN": ("zloty", "zlotys", "", ""), "zł": ("zloty", "zlotys", "", ""), "₿": ("bitcoin", "bitcoins", "", ""),
    "BTC": ("bitcoin", "bitcoins", "", ""),
}  # fmt: skip
SIGNED = frozenset(sign for sign in CURRENCIES if not sign.isalpha()) | {"Rs", "zł"}

MAGNITUDES = {
    "thousand": "thousand", "million": "million", "billion": "billion", "trillion": "trillion", "k": "thousand",
    "m": "million", "mn": "million", "mm": "million", "mil": "million", "b": "billion", "bn": "billion",
    "t": "trillion", "tn": "trillion",
}  # fmt: skip

_METRIC = _pairs(
    "m meter, km kilometer, cm centimeter, mm millimeter, nm nanometer, µm micrometer, g gram, kg kilogram, mg "
    "milligram, "
    "µg microgram, mcg microgram, L liter, l liter, ml milliliter, mL milliliter, dL deciliter, dl deciliter, "
    "cl centiliter, µL microliter, hl hectoliter, W watt, kW kilowatt, MW megawatt, GW gigawatt, kWh kilowatt_hour, "
    "MWh megawatt_hour, Wh watt_hour, V volt, kV kilovolt, mV millivolt, A amp, mA milliamp, mAh milliamp_hour, "
    "Ah amp_hour, Hz hertz hertz, kHz kilohertz kilohertz, MHz megahertz megahertz, GHz gigahertz gigahertz, "
    "dB decibel, Pa pascal, kPa kilopascal, hPa hectopascal, MPa megapascal, bar bar, N newton, Nm newton_meter, "
    "N·m newton_meter, kW·h kilowatt_hour, A·h amp_hour, Pa·s pascal_second, J "
    "joule, "
    "kJ kilojoule, kcal kilocalorie, cal calorie, lm lumen, lx lux lux, mol mole, mmol millimole, µmol micromole, "
    "Ω ohm, kΩ kilohm, MΩ megohm, F farad, µF microfarad, K kelvin kelvin, ha hectare, t ton, kt kiloton, Mt megaton, "
    "mmHg millimeter_of_mercury millimeters_of_mercury, inHg inch_of_mercury inches_of_mercury, "
    "IU international_unit, rad radian, sr steradian, Bq becquerel, Sv sievert, mSv millisievert, Gy gray"
)
_DATA = _pairs(
    "B byte, KB kilobyte, kB kilobyte, MB megabyte, GB gigabyte, TB terabyte, PB petabyte, KiB kibibyte, MiB mebibyte, "
    "GiB gibibyte, TiB tebibyte, Mb megabit, Gb gigabit, kb kilobit, bit bit, px pixel, MP megapixel, "
    "bps bit_per_second bits_per_second, kbps kilobit_per_second kilobits_per_second, "
    "Mbps megabit_per_second megabits_per_second, Gbps gigabit_per_second gigabits_per_second, "
    "fps frame_per_second frames_per_second, dpi dot_per_inch dots_per_inch, ppi pixel_per_inch pixels_per_inch"
)
_IMPERIAL = _pairs(
    "mi mile, ft foot feet, yd yard, lb pound, lbs pound pounds, oz ounce, in inch inches, pt pint, qt quart, gal "
    "gallon, "
    "tbsp tablespoon, tbsps tablespoon tablespoons, tbs tablespoon, Tbsp tablespoon, tsp teaspoon, tsps teaspoon "
    "teaspoons, "
    "fl_oz fluid_ounce, fl._oz fluid_ounce, sq_ft square_foot square_feet, sq._ft square_foot square_feet, "
    "sq._mi square_mile, sq._m square_meter, cu._ft cubic_foot cubic_feet, "
    " sq_mi square_mile, sq_km square_kilometer, sq_m square_meter, "
    "sq_in square_inch square_inches, cu_ft cubic_foot cubic_feet, mph mile_per_hour miles_per_hour, "
    "kph kilometer_per_hour kilometers_per_hour, kmh kilometer_per_hour kilometers_per_hour, "
    "mpg mile_per_gallon miles_per_gallon, psi pound_per_square_inch pounds_per_square_inch, hp horsepower horsepower, "
    "kn knot, kt knot, kts knot knots, nmi nautical_mile, ac acre, bu bushel, c cup, pcs piece pieces, pkg package, "
    "doz dozen dozen, pts point points, ft-lb foot_pound, lb-ft pound_foot pound_feet, "
    "rpm revolution_per_minute revolutions_per_minute, bpm beat_per_minute beats_per_minute, ct carat"
)
_TIME = _pairs(
    "s second, sec second, secs second seconds, min minute, mins minute minutes, h hour, hr hour, hrs hour hours, "
    "ms millisecond, µs microsecond, ns nanosecond, d day, wk week, wks week weeks, mo month, mos month months, yr "
    "year, "
    "yrs year years"
)
_SIGNS = _pairs(
    "°C degree_Celsius degrees_Celsius, ℃ degree_Celsius degrees_Celsius, °F degree_Fahrenheit degrees_Fahrenheit, "
    "℉ degree_Fahrenheit degrees_Fahrenheit, °K kelvin kelvin, ° degree, % percent percent, ‰ per_mille per_mille, ¢ "
    "cent, "
    "ppm part_per_million parts_per_million, ppb part_per_billion parts_per_billion, pp percentage_point"
)
UNITS = {**_METRIC, **_DATA, **_IMPERIAL, **_TIME, **_SIGNS}
UNITS |= {f"{u}^{n}": (f"{name} {one}", f"{name} {many}") for n, name in ((2, "square"), (3, "cubic"))
          for u, (one, many) in UNITS.items()
          if u in ("m", "km", "cm", "mm", "ft", "in", "mi", "yd", "dm", "µm")}  # fmt: skip
# Units whose sign is also a word or a mark for something else: only with a dot, or before a word of dimension.
WORDLIKE_UNITS = words("in ac bar bit B A F N K T J pt d t ct mo bu c")
# What may stand behind "per": the units, and words.
PER_WORDS = words(
    "second sec minute min hour hr day night week month mo year yr quarter decade person head capita user seat child "
    "adult "
    "couple guest room car unit item piece page word line share game match serving cup bottle can bag box kilo pound "
    "ounce "
    "gallon liter litre mile kilometer acre hectare student employee player team household visit session call message "
    "request token image lb oz"
)
PER_SHORT = {"sec": "second", "min": "minute", "hr": "hour", "mo": "month", "yr": "year", "wk": "week", "d": "day",
             "lb": "pound", "oz": "ounce", "pp": "person", "ea": "each"}  # fmt: skip
DIMENSIONS = words("wide long deep tall high thick across apart by x and or of")

_MONTH_NAMES = word_list("January February March April May June July August September October November December")
MONTHS = (
    {name.lower(): name for name in _MONTH_NAMES}
    | {name[:3].lower(): name for name in _MONTH_NAMES}
    | {"sept": "September"}
)
_DAY_NAMES = word_list("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
DAYS = (
    {name.lower(): name for name in _DAY_NAMES}
    | {name[:3].lower(): name for name in _DAY_NAMES}
    | {"tues": "Tuesday", "thur": "Thursday", "thurs": "Thursday"}
)
ZONES = words(
    "EST EDT CST CDT MST MDT PST PDT AKST AKDT HST ET CT MT PT GMT UTC BST CET CEST EET EEST WET IST JST KST AEST AEDT "
    "ACST AWST NZST NZDT MSK SGT HKT"
)
DENOMINATORS = {2: "half", 4: "quarter"}

# Before a name.
TITLES = {
    "mr": "Mister", "mrs": "Missus", "ms": "Miz", "mx": "Mix", "dr": "Doctor", "drs": "Doctors", "prof": "Professor",
    "gov": "Governor", "sen": "Senator", "rep": "Representative", "gen": "General", "col": "Colonel", "capt": "Captain",
    "cpt": "Captain", "lt": "Lieutenant", "sgt": "Sergeant", "cpl": "Corporal", "maj": "Major", "cmdr": "Commander",
    "adm": "Admiral", "rev": "Reverend", "fr": "Father", "hon": "Honorable", "pres": "President",
    "supt": "Superintendent",
    "mt": "Mount", "ft": "Fort", "pt": "Point",
}  # fmt: skip
UNDOTTED_TITLES = words("mr mrs ms dr prof mt gen sgt capt lt col rev")

# Behind the name of a street; those of the second table are words or titles elsewhere and need a name before.
STREETS = {
    "ave": "Avenue", "blvd": "Boulevard", "hwy": "Highway", "pkwy": "Parkway", "fwy": "Freeway", "expy": "Expressway",
    "tpke": "Turnpike", "rte": "Route", "bldg": "Building",
}  # fmt: skip
STREETS_AFTER_NAME = {
    "st": "Street", "dr": "Drive", "rd": "Road", "ln": "Lane", "ct": "Court", "pl": "Place", "sq": "Square",
    "ter": "Terrace", "cir": "Circle", "cres": "Crescent", "mt": "Mountain",
}  # fmt: skip
NUMBERED_PLACES = {"apt": "apartment", "ste": "suite", "fl": "floor", "rm": "room", "rte": "Route", "hwy": "Highway",
                   "exit": "exit"}  # fmt: skip
COMPASS = {"N": "North", "S": "South", "E": "East", "W": "West", "NE": "Northeast", "NW": "Northwest",
           "SE": "Southeast", "SW": "Southwest"}  # fmt: skip

# With a dot behind.
ABBREVIATIONS = {
    "e.g": "for example", "i.e": "that is", "etc": "et cetera", "vs": "versus", "jr": "Junior", "sr": "Senior",
    "inc": "Incorporated", "ltd": "Limited", "co": "Company", "corp": "Corporation", "bros": "Brothers",
    "dept": "Department", "govt": "government", "univ": "University", "assn": "Association", "assoc": "Associate",
    "asst": "Assistant", "approx": "approximately", "est": "established", "figs": "figures", "cf": "compare",
    "al": "al", "viz": "namely", "incl": "including", "excl": "excluding", "misc": "miscellaneous", "max": "maximum",
    "avg": "average", "tel": "telephone", "ext": "extension", "temp": "temperature", "orig": "original",
    "mfg": "manufacturing", "mgr": "manager", "dir": "director", "esq": "Esquire", "mon": "Monday", "tue": "Tuesday",
    "tues": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "thur": "Thursday", "thurs": "Thursday", "fri": "Friday",
    "jan": "January", "feb": "February", "aug": "August", "sept": "September", "oct": "October", "nov": "November",
    "dec": "December", "a.k.a": "also known as", "min": "minimum", "mins": "minutes", "hrs": "hours", "secs": "seconds",
    "yrs": "years", "lbs": "pounds", "oz": "ounces", "ca": "circa", "no": "number", "nos": "numbers", "vol": "volume",
    "fig": "figure", "ch": "chapter", "sec": "section", "p": "page", "pp": "pages", "art": "article", "ver": "version",
    "eq": "equation", "ed": "edition", "eds": "editors", "para": "paragraph", "op": "opus", "ref": "reference",
    "mt": "Mount", "ft": "feet", "p.s": "P·S·", "r.s.v.p": "R·S·V·P·", "dist": "district", "intl": "international",
    "natl": "national", "acct": "account", "appt": "appointment", "apt": "apartment", "bldg": "building",
    "mr": "Mister", "mrs": "Missus", "dr": "Doctor", "prof": "Professor", "gen": "General", "sgt": "Sergeant",
    "capt": "Captain", "gov": "Governor", "sen": "Senator", "rev": "Reverend", "mph": "miles per hour",
    "ep": "episode", "eps": "episodes", "chap": "chapter", "pg": "page", "pgs": "pages", "nr": "number", "cl": "clause",
    "agg": "aggregate", "prob": "probably", "cat": "category", "rd": "round", "pt": "part", "lvl": "level",
    "wk": "week", "div": "division",
}  # fmt: skip
# Those that are words too, or the end of a sentence: read so only before a number.
BEFORE_NUMBER_ONLY = words(
    "no nos fig ch sec art ver eq ed op ref p pp vol para ext est ca ep eps chap pg pgs nr cl agg cat rd pt lvl wk div"
)
# Read so without a dot, whatever stands around.
ALWAYS = {"vs": "versus", "etc": "et cetera", "approx": "approximately", "dept": "department", "govt": "government",
          "intl": "international", "tbsp": "tablespoon", "tsp": "teaspoon", "w/o": "without", "w/": "with",
          "b/c": "because", "c/o": "care of", "n/a": "N·A·", "a/c": "A·C·", "and/or": "and or", "i/o": "I·O·",
          "aka": "A·K·A·", "incl": "including", "mins": "minutes", "secs": "seconds", "hrs": "hours", "yrs": "years",
          "lbs": "pounds", "pls": "please", "thx": "thanks", "&c": "et cetera", "y/o": "year old",
          "y/y": "year over year", "q/q": "quarter over quarter", "m/m": "month over month"}  # fmt: skip

NUMBERED = words(
    "chapter part volume vol book act scene section phase war bowl type class level episode appendix article title "
    "stage "
    "figure table fantasy mark apollo unit lesson grade rocky division canto psalm verse page pages quest soyuz "
    "schedule module exercise tier category group round season series vatican element note question saw area zone "
    "annex protocol amendment clause paragraph step item number no. no pp. pp p. corps army fleet day block lemma "
    "theorem"
)
REGNAL = words(
    "henry louis george elizabeth charles william james edward richard paul philip napoleon nicholas peter catherine "
    "pius leo benedict alexander frederick wilhelm mary ivan innocent gregory clement urban ramses ramesses ptolemy "
    "john "
    "martin thomas robert david daniel joseph francis felipe carlos juan otto rudolf ferdinand maximilian christian "
    "gustav haakon olaf baldwin sixtus julius boniface constantine darius xerxes cyrus amenhotep thutmose umberto "
    "victor "
    "emmanuel leopold albert mohammed hussein abdullah selim mehmed murad suleiman tiberius theodosius cosimo lorenzo "
    "malcolm edmund harald sigismund vladislaus casimir stephen bela"
)
REGNAL_TITLES = words("king queen pope emperor empress tsar czar prince sultan pharaoh kaiser")

TOP_DOMAINS = (
    "com|org|net|io|ai|dev|app|edu|gov|mil|int|co|uk|de|fr|cn|jp|kr|ru|it|es|nl|ch|at|se|eu|us|ca|au|in|br|info|me|tv|"
    "xyz|cc|ly|gg|fm|biz|tech|site|online|cloud|page|wiki|blog|shop|example"
)
# Parts of host names that people spell.
SPELLED_DOMAINS = words(
    "www io ai uk de fr cn jp kr ru nl ch se eu us ca au br tv cc ly gg fm http https ftp html php api cdn xyz"
)
URL_SIGNS = {
    ".": "dot", "/": "slash", "-": "dash", "_": "underscore", "@": "at", ":": "colon", "?": "question mark",
    "=": "equals", "&": "and", "#": "hash", "+": "plus", "%": "percent", "~": "tilde", "\\": "backslash",
    "*": "star", "$": "dollar", "!": "exclamation mark", "|": "pipe",
}  # fmt: skip
# Files by their endings; how the ending is said where letters are not named one by one.
FILE_ENDINGS = {
    "json": "jason", "jsonl": "jason L", "gif": "gif", "zip": "zip", "exe": "E X E", "bat": "bat", "doc": "doc",
    "docx": "doc X", "jar": "jar", "log": "log", "bin": "bin", "yaml": "yammel", "yml": "Y M L", "toml": "tommel",
    "wav": "wave", "txt": "T X T", "env": "env", "bashrc": "bash R C", "gitignore": "git ignore", "jpeg": "jay peg",
    "jpg": "J P G", "ini": "I N I", "conf": "conf", "config": "config", "lock": "lock", "vue": "view", "java": "java",
    "swift": "swift", "ass": "A S S", "me": "me",
}  # fmt: skip
SPELLED_ENDINGS = words(
    "py js ts md pdf png mp3 mp4 flac csv html htm xml css sh c h cpp hpp rs go rb php sql tar gz bz2 7z iso dll svg "
    "xls "
    "xlsx ppt pptx ogg mkv avi mov webm tsx jsx ipynb db psd ttf apk dmg deb rpm"
)
PATH_WORDS = {"etc": "E T C", "usr": "user", "bin": "bin", "var": "var", "tmp": "temp", "lib": "lib", "dev": "dev",
              "opt": "opt", "src": "source", "nginx": "engine X", "www": "W W W", "proc": "proc", "sys": "sis",
              "mnt": "mount", "init": "init", "config": "config", "cfg": "C F G", "img": "image",
              "docs": "docs"}  # fmt: skip

GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρστυφχψω",
        word_list(
            "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau "
            "upsilon phi "
            "chi psi omega"
        ),
        strict=True,
    )
) | {"ς": "sigma", "ϕ": "phi", "ϵ": "epsilon", "ϑ": "theta"}
GREEK |= {letter.upper(): name for letter, name in GREEK.items() if len(letter.upper()) == 1}
GREEK |= {"µ": "micro"}

SYMBOLS = {
    "&": "and", "@": "at", "%": "percent", "+": "plus", "=": "equals", "×": "times", "÷": "divided by",
    "±": "plus or minus", "∓": "minus or plus", "≈": "approximately equals", "≠": "is not equal to", "≤": "at most",
    "≥": "at least", "<": "less than", ">": "greater than", "→": "to", "⇒": "implies", "←": "from", "↑": "up",
    "↓": "down", "°C": "degrees Celsius", "°F": "degrees Fahrenheit", "°": "degrees", "$": "dollars", "€": "euros",
    "£": "pounds", "¥": "yen", "√": "square root of", "∞": "infinity", "∑": "sum", "∫": "integral of", "∂": "partial",
    "∈": "in", "∪": "union", "∩": "intersection", "∴": "therefore", "♯": "sharp", "♭": "flat", "♮": "natural",
    "§": "section", "¶": "paragraph", "•": ",", "¢": "cents", "♥": "", "✓": "",
    **GREEK,
}  # fmt: skip
CHESS = {"K": "king", "Q": "queen", "R": "rook", "B": "bishop", "N": "knight", "": ""}
BIBLE = words(
    "genesis exodus leviticus numbers deuteronomy joshua judges ruth samuel kings chronicles ezra nehemiah esther "
    "job psalm "
    "psalms proverbs ecclesiastes isaiah jeremiah ezekiel daniel hosea joel amos micah matthew mark luke john acts "
    "romans "
    "corinthians galatians ephesians philippians colossians thessalonians timothy titus hebrews james peter jude "
    "revelation "
    "surah quran"
)
# Words that have lost a letter to the apostrophe.
DIALECT = {
    "th'": "the", "ol'": "ole", "o'": "of", "an'": "and", "'n'": "and", "'n": "and", "wi'": "with", "'til": "till",
    "'till": "till", "'bout": "about", "'round": "around", "'cause": "cause", "'em": "em", "lil'": "little",
    "li'l": "little", "'cos": "cause", "'coz": "cause", "'nuff": "enough", "t'": "to", "fer": "for", "an't": "aint",
    "gi'": "give", "ha'": "have", "mo'": "more", "sho'": "sure", "fo'": "for", "yo'": "your", "po'": "poor", "i'": "in",
    "ev'ry": "every", "e'er": "air", "ne'er": "nair", "o'er": "oar", "ma'am": "ma'am", "'neath": "neath",
    "'tis": "'tis",
    "'twas": "'twas", "'ere": "ere", "'im": "him", "'er": "her", "'is": "his", "'ave": "have", "'ow": "how",
    "'ello": "ello",
    "d'you": "do you", "y'know": "you know", "c'mon": "come on", "jus'": "just", "mus'": "must", "las'": "last",
    "ole'": "ole", "b'fore": "before", "s'pose": "suppose", "p'raps": "perhaps", "prob'ly": "probably",
    "g'night": "good night",
    "g'day": "good day", "'tween": "between", "'gainst": "against", "'fore": "before", "'specially": "especially",
    "'scuse": "excuse", "'nother": "nother", "fam'ly": "family", "diff'rent": "different", "int'rest": "interest",
    "mem'ry": "memory", "heav'n": "heaven", "giv'n": "given", "ev'ning": "evening", "o'clock": "o'clock",
}  # fmt: skip
# Codes whose number is read in its own way.
NAMED_CODES = {
    "401k": "four oh one K", "401(k)": "four oh one K", "403b": "four oh three B", "403(b)": "four oh three B",
    "457b": "four fifty seven B", "501c3": "five oh one C three", "501(c)(3)": "five oh one C three",
    "k8s": "K eight S", "24/7": "twenty four seven", "9/11": "nine eleven", "7-eleven": "seven eleven",
    "1099": "ten ninety nine", "3d": "three D", "2d": "two D", "4k": "four K", "8k": "eight K", "5k": "five K",
    "y2k": "Y two K", "5g": "five G", "4g": "four G", "3g": "three G", "6g": "six G", "20/20": "twenty twenty",
    "50/50": "fifty fifty", "fifty/fifty": "fifty fifty", "mp3": "M P three", "mp4": "M P four",
}  # fmt: skip
# States as newspapers shorten them: "(R-Tex.)", "Dayton, Tex.".
STATE_ABBREVIATIONS = {
    "ala": "Alabama", "ariz": "Arizona", "ark": "Arkansas", "calif": "California", "colo": "Colorado",
    "conn": "Connecticut", "fla": "Florida", "ga": "Georgia",
    "kan": "Kansas", "ky": "Kentucky", "md": "Maryland", "mass": "Massachusetts",
    "mich": "Michigan", "minn": "Minnesota", "mont": "Montana",
    "neb": "Nebraska", "nev": "Nevada", "okla": "Oklahoma", "ore": "Oregon", "pa": "Pennsylvania",
    "tenn": "Tennessee", "tex": "Texas", "vt": "Vermont", "va": "Virginia", "wash": "Washington",
    "wis": "Wisconsin", "wyo": "Wyoming",
}  # fmt: skip
# Plurals that "m" before them measures: other things are counted in millions ("9m users").
MEASURED_IN_METERS = words(
    "hurdles sprints races relays waves meters metres intervals repeats lanes cables ropes poles lengths strips "
    "sections steps towers walls pipes pools boats yachts tracks dives drops jumps rolls trees wires fences "
    "trenches tunnels bridges tiles boards beams heats finals medleys sharks whales runners sprinters swimmers"
)
# Words as they are typed in chats, in small letters.
TEXTED = {
    "gr8": "great", "l8r": "later", "b4": "before", "m8": "mate", "w8": "wait", "h8": "hate", "str8": "straight",
    "2nite": "tonight", "2day": "today", "2moro": "tomorrow", "2morrow": "tomorrow", "4ever": "forever", "ur": "your",
    "bday": "birthday", "mtg": "meeting", "msg": "message", "ppl": "people", "tmrw": "tomorrow", "plz": "please",
    "fri": "Friday", "tue": "Tuesday", "tues": "Tuesday", "thu": "Thursday", "thur": "Thursday", "thurs": "Thursday",
}  # fmt: skip
STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho",
    "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana",
    "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
    "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania",
    "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas",
    "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington", "WV": "West Virginia",
    "WI": "Wisconsin", "WY": "Wyoming", "DC": "D·C·",
}  # fmt: skip
