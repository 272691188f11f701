"""Tables of written English: currencies, units, months, abbreviations, signs."""

from __future__ import annotations

from app.engine.embedded.text.word_lists import word_list, words

# sign -> (one, many, one hundredth, hundredths)
CURRENCIES = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "US$": ("dollar", "dollars", "cent", "cents"),
    "USD": ("dollar", "dollars", "cent", "cents"),
    "A$": ("Australian dollar", "Australian dollars", "cent", "cents"),
    "C$": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "EUR": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "GBP": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "", ""),
    "JPY": ("yen", "yen", "", ""),
    "CNY": ("yuan", "yuan", "", ""),
    "RMB": ("yuan", "yuan", "", ""),
    "₹": ("rupee", "rupees", "paisa", "paise"),
    "₩": ("won", "won", "", ""),
    "₽": ("ruble", "rubles", "kopeck", "kopecks"),
    "CHF": ("franc", "francs", "centime", "centimes"),
}

MAGNITUDES = {
    "thousand": "thousand", "million": "million", "billion": "billion", "trillion": "trillion", "k": "thousand",
    "m": "million", "mn": "million", "b": "billion", "bn": "billion", "tn": "trillion",
}  # fmt: skip

# sign -> (one, many); a sign stands right behind a number
UNITS = {
    "km/h": ("kilometer per hour", "kilometers per hour"), "kph": ("kilometer per hour", "kilometers per hour"),
    "mph": ("mile per hour", "miles per hour"), "m/s": ("meter per second", "meters per second"),
    "km": ("kilometer", "kilometers"), "m": ("meter", "meters"), "cm": ("centimeter", "centimeters"),
    "mm": ("millimeter", "millimeters"), "nm": ("nanometer", "nanometers"), "µm": ("micrometer", "micrometers"),
    "μm": ("micrometer", "micrometers"), "mi": ("mile", "miles"), "ft": ("foot", "feet"), "yd": ("yard", "yards"),
    "km^2": ("square kilometer", "square kilometers"), "m^2": ("square meter", "square meters"),
    "cm^2": ("square centimeter", "square centimeters"), "m^3": ("cubic meter", "cubic meters"),
    "sq ft": ("square foot", "square feet"), "kg": ("kilogram", "kilograms"), "g": ("gram", "grams"),
    "mg": ("milligram", "milligrams"), "µg": ("microgram", "micrograms"), "μg": ("microgram", "micrograms"),
    "lb": ("pound", "pounds"), "lbs": ("pound", "pounds"), "oz": ("ounce", "ounces"), "L": ("liter", "liters"),
    "l": ("liter", "liters"), "ml": ("milliliter", "milliliters"), "mL": ("milliliter", "milliliters"),
    "B/s": ("byte per second", "bytes per second"), "KB": ("kilobyte", "kilobytes"), "kB": ("kilobyte", "kilobytes"),
    "MB": ("megabyte", "megabytes"), "GB": ("gigabyte", "gigabytes"), "TB": ("terabyte", "terabytes"),
    "PB": ("petabyte", "petabytes"), "GiB": ("gibibyte", "gibibytes"), "MiB": ("mebibyte", "mebibytes"),
    "MB/s": ("megabyte per second", "megabytes per second"), "GB/s": ("gigabyte per second", "gigabytes per second"),
    "Mbps": ("megabit per second", "megabits per second"), "Gbps": ("gigabit per second", "gigabits per second"),
    "kbps": ("kilobit per second", "kilobits per second"), "Hz": ("hertz", "hertz"), "kHz": ("kilohertz", "kilohertz"),
    "MHz": ("megahertz", "megahertz"), "GHz": ("gigahertz", "gigahertz"), "W": ("watt", "watts"),
    "kW": ("kilowatt", "kilowatts"), "MW": ("megawatt", "megawatts"), "kWh": ("kilowatt hour", "kilowatt hours"),
    "V": ("volt", "volts"), "mA": ("milliamp", "milliamps"), "mAh": ("milliamp hour", "milliamp hours"),
    "dB": ("decibel", "decibels"), "kcal": ("kilocalorie", "kilocalories"), "cal": ("calorie", "calories"),
    "ms": ("millisecond", "milliseconds"), "µs": ("microsecond", "microseconds"), "sec": ("second", "seconds"),
    "secs": ("second", "seconds"), "s": ("second", "seconds"), "min": ("minute", "minutes"),
    "mins": ("minute", "minutes"), "h": ("hour", "hours"), "hr": ("hour", "hours"), "hrs": ("hour", "hours"),
    "°C": ("degree Celsius", "degrees Celsius"), "℃": ("degree Celsius", "degrees Celsius"),
    "° C": ("degree Celsius", "degrees Celsius"), "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "℉": ("degree Fahrenheit", "degrees Fahrenheit"), "°": ("degree", "degrees"), "%": ("percent", "percent"),
    "‰": ("per mille", "per mille"), "px": ("pixel", "pixels"), "fps": ("frame per second", "frames per second"),
    "rpm": ("revolution per minute", "revolutions per minute"), "¢": ("cent", "cents"), "ppm": ("part per million",
    "parts per million"), "ha": ("hectare", "hectares"), "Ω": ("ohm", "ohms"),
}  # fmt: skip

_MONTH_NAMES = word_list("January February March April May June July August September October November December")
MONTHS = (
    {name.lower(): name for name in _MONTH_NAMES}
    | {name[:3].lower(): name for name in _MONTH_NAMES}
    | {"sept": "September"}
)

DENOMINATORS = {2: "half", 4: "quarter"}

# Before a name.
TITLES = {
    "mr": "Mister", "mrs": "Missus", "ms": "Miz", "dr": "Doctor", "prof": "Professor", "gov": "Governor",
    "sen": "Senator", "rep": "Representative", "gen": "General", "col": "Colonel", "capt": "Captain",
    "lt": "Lieutenant", "sgt": "Sergeant", "rev": "Reverend", "hon": "Honorable", "pres": "President", "mt": "Mount",
    "ft": "Fort",
}  # fmt: skip

# With a dot behind, or a slash inside.
ABBREVIATIONS = {
    "e.g": "for example", "i.e": "that is", "etc": "et cetera", "vs": "versus", "jr": "Junior", "sr": "Senior",
    "inc": "Incorporated", "ltd": "Limited", "co": "Company", "corp": "Corporation", "dept": "Department",
    "ave": "Avenue", "blvd": "Boulevard", "rd": "Road", "st": "Street", "approx": "approximately", "est": "established",
    "figs": "figures", "vol": "volume", "pp": "pages", "cf": "compare",
    "mr": "Mister", "mrs": "Missus", "dr": "Doctor", "prof": "Professor", "tel": "telephone",
    "mon": "Monday", "tue": "Tuesday", "tues": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "thurs": "Thursday",
    "fri": "Friday", "jan": "January", "feb": "February", "aug": "August", "sept": "September", "oct": "October",
    "nov": "November", "dec": "December", "a.k.a": "also known as", "min": "minutes", "max": "maximum",
}  # fmt: skip

NUMBERED = (
    "Chapter", "chapter", "Part", "part", "Volume", "Book", "Act", "Scene", "Section", "Phase", "War", "Bowl", "Type",
    "Class", "Level", "Episode", "Appendix", "Article", "Title", "Stage", "Figure", "Table", "Fantasy", "Mark",
    "Apollo", "Unit", "Lesson", "Grade", "Rocky", "Henry IV, Part", "Division",
)  # fmt: skip
REGNAL = (
    "Henry", "Louis", "George", "Elizabeth", "Charles", "William", "James", "Edward", "Richard", "Paul", "Philip",
    "Napoleon", "Nicholas", "Peter", "Catherine", "Pius", "Leo", "Benedict", "Alexander", "Frederick", "Wilhelm",
    "Mary", "Ivan", "Innocent", "Gregory", "Clement", "Urban", "Ramses", "Ptolemy",
)  # fmt: skip

TOP_DOMAINS = (
    "com|org|net|io|ai|dev|app|edu|gov|mil|int|co|uk|de|fr|cn|jp|kr|ru|it|es|nl|ch|at|se|eu|us|ca|au|in|br|info|me|tv|"
    "xyz|cc|ly|gg|fm|biz|tech|site|online|cloud|page|wiki|blog|shop"
)
# Parts of host names that people spell.
SPELLED_DOMAINS = words(
    "www io ai uk de fr cn jp kr ru nl ch se eu us ca au br tv cc ly gg fm http https ftp html php api cdn xyz"
)
URL_SIGNS = {
    ".": "dot", "/": "slash", "-": "dash", "_": "underscore", "@": "at", ":": "colon", "?": "question mark",
    "=": "equals", "&": "and", "#": "hash", "+": "plus", "%": "percent", "~": "tilde",
}  # fmt: skip

SYMBOLS = {
    "&": "and", "@": "at", "%": "percent", "+": "plus", "=": "equals", "×": "times", "÷": "divided by",
    "±": "plus or minus",
    "≈": "approximately equals", "≠": "is not equal to", "≤": "at most", "≥": "at least", "<": "less than",
    ">": "greater than", "→": "to", "°C": "degrees Celsius", "°F": "degrees Fahrenheit", "°": "degrees",
    "$": "dollars", "€": "euros", "£": "pounds", "¥": "yen", "©": "copyright", "®": "", "™": "", "√": "square root of",
    "∞": "infinity", "π": "pi", "µ": "micro", "μ": "mu", "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta",
    "Δ": "delta", "θ": "theta", "λ": "lambda", "σ": "sigma", "Σ": "sigma", "φ": "phi", "ω": "omega", "Ω": "omega",
}  # fmt: skip
