"""Identifiers as people write them who do not want a filter to see them: styles by the dozen, seeded, each case with the exact gold span.

Written apart from the detectors, by somebody who has not read them. Everything is invented or reserved: numbers 555-01xx, example.org, TEST-NET
addresses (RFC 5737), a point in the ocean, plates and papers that are never issued, the advertising range of social security numbers
(987-65-432x), test card numbers, names that nobody bears.
A style gives the written identifier; where only parts of it point at somebody, those parts stand between « and ».
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from tests.gate.ordinary import fillers

Write = Callable[[Random], str]


@dataclass(frozen=True)
class Case:
    """A text, the style and kind of the identifier in it, and the spans [start, end) in code points that point at somebody."""

    style: str
    kind: str
    text: str
    gold: tuple[tuple[int, int], ...]


EN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ES = ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve")
HEARD = ("oh", "won", "too", "tree", "fore", "fife", "sicks", "sevin", "ate", "nein")
# fmt: off
TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
DIECES = ("diez", "once", "doce", "trece", "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve")
DECENAS = ("", "", "veinte", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa")
ROMAN = ("0", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
NATO = (  # the letter is the word's first
    "Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliett", "Kilo", "Lima", "Mike", "November", "Oscar",
    "Papa", "Quebec", "Romeo", "Sierra", "Tango", "Uniform", "Victor", "Whiskey", "Xray", "Yankee", "Zulu",
)
AS_IN = (
    "apple", "boy", "cat", "dog", "egg", "fish", "gate", "hat", "ice", "jam", "kite", "lamp", "money", "nose", "orange", "paper", "queen",
    "rain", "sun", "table", "under", "van", "water", "box", "yellow", "zebra",
)
COMO = (
    "árbol", "barco", "casa", "dedo", "elefante", "foca", "gato", "huevo", "isla", "jarra", "kilo", "luna", "mano", "nido", "oso", "pato",
    "queso", "rosa", "sol", "taza", "uva", "vaca", "web", "xilófono", "yate", "zapato",
)
# fmt: on
FIRST = ("Marivela", "Quentano", "Dorvina", "Zelmaro", "Ibbetha", "Torvaldina", "Kestino", "Ralmira", "Ondrelia", "Fabrezio")
LAST = ("Fictonez", "Sampleworth", "Testerdale", "Nombrarez", "Placeholm", "Inventado", "Exemplar", "Mockingham", "Ficticelli", "Dummovic")
STREETS = ("Example", "Sampleton", "Testwood", "Mockberry", "Ejemplo", "Placeholder")
LOCALS = ("sampleuser", "testlady", "mockdriver", "noname77", "ejemplo24", "demogirl")
LOOKALIKE = str.maketrans("aeopcxyiAEOPCXMHKTB", "аеорсхуіАЕОРСХМНКТВ")
LEET_DIGIT = str.maketrans("0123456789", "OlZ3A5G7B9")
LEET_LETTER = str.maketrans("aeiostAEIOST", "4310$74310$7")
ZERO_WIDTH = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad")


def phone(random: Random) -> str:
    """Ten digits of the range reserved for fiction."""
    return f"{random.choice(('415', '213', '619', '916', '559', '714'))}55501{random.randrange(100):02d}"


def pairs(number: str, ones: tuple[str, ...], teens: tuple[str, ...], tens: tuple[str, ...], link: str) -> str:
    """Digits two by two as people say them: 5523 is fifty-five twenty-three; a pair that begins with zero is said digit by digit."""
    said = [ones[int(number[0])]] if len(number) % 2 else []
    for a, b in zip(number[len(number) % 2 :: 2], number[len(number) % 2 + 1 :: 2], strict=True):
        if a == "0":
            said += [ones[0], ones[int(b)]]
        elif a == "1":
            said.append(teens[int(b)])
        else:
            said.append(tens[int(a)] + (link + ones[int(b)] if b != "0" else ""))
    return " ".join(said)


def said(number: str, words: tuple[str, ...] = EN, by: str = " ") -> str:
    """Digit by digit."""
    return by.join(words[int(d)] for d in number)


def doubled(number: str, words: tuple[str, ...], twice: str, thrice: str) -> str:
    """Digit by digit, with "double five" and "triple five"."""
    out, i = [], 0
    while i < len(number):
        run = len(number[i:]) - len(number[i:].lstrip(number[i]))
        run = min(run, 3)
        out.append({1: "", 2: twice + " ", 3: thrice + " "}[run] + words[int(number[i])])
        i += run
    return " ".join(out)


def groups(number: str, by: str, sizes: tuple[int, ...] = (3, 3, 4)) -> str:
    """Digits in groups."""
    parts, at = [], 0
    for size in sizes:
        parts.append(number[at : at + size])
        at += size
    return by.join(parts)


def shifted(number: str, zero: str) -> str:
    """The digits of another script, by its zero."""
    return "".join(chr(ord(zero) + int(d)) for d in number)


def some_words(random: Random, number: str) -> str:
    """Some digits as digits, some as words of either language."""
    return " ".join(random.choice((d, EN[int(d)], ES[int(d)], EN[int(d)].title())) for d in number)


def stuck(random: Random, number: str) -> str:
    """Words and digits without a space between most of them, as in 31two two34."""
    text = "".join((EN[int(d)] if random.random() < 0.4 else d) + (" " if random.random() < 0.25 else "") for d in number)
    return text.strip()


def interleaved(random: Random, number: str, between: Sequence[str]) -> str:
    """Something between any two digits."""
    return "".join(d + random.choice(between) for d in number[:-1]) + number[-1]


PHONES: dict[str, Write] = {
    "odd separators": lambda r: groups(phone(r), r.choice((" / ", ".", " . ", " - ", "–", "~", " ~ ", "_", " | "))),
    "words": lambda r: said(phone(r)),
    "words with oh": lambda r: said(phone(r), ("oh", *EN[1:])),
    "words in Spanish": lambda r: said(phone(r), ES),
    "words of two languages and digits": lambda r: some_words(r, phone(r)),
    "words in capitals": lambda r: said(phone(r)).upper(),
    "words with commas or dashes": lambda r: said(phone(r), r.choice((EN, ES)), r.choice((", ", "-", " - ", "... ", "/", "."))),
    "words run together": lambda r: said(phone(r), r.choice((EN, ES)), ""),
    "words and digits run together": lambda r: stuck(r, phone(r)),
    "double and triple": lambda r: doubled(phone(r), EN, "double", "triple"),
    "doble y triple": lambda r: doubled(phone(r), ES, "doble", "triple"),
    "two digits at a time": lambda r: pairs(phone(r), EN, TEENS, TENS, r.choice(("-", " "))),
    "de dos en dos": lambda r: pairs(phone(r), ES, DIECES, DECENAS, " y "),
    "three and four digits at a time": lambda r: " ".join(pairs(part, EN, TEENS, TENS, "-") for part in groups(phone(r), " ").split()),
    "as it is heard": lambda r: said(phone(r), HEARD),
    "leet": lambda r: groups(phone(r).translate(LEET_DIGIT), r.choice(("-", " ", "."))),
    "keycap emoji": lambda r: "".join(d + "\ufe0f\u20e3" for d in phone(r)),
    "full-width": lambda r: groups(phone(r), "-").translate({ord("-"): "－"} | {ord("0") + i: chr(0xFF10 + i) for i in range(10)}),
    "circled": lambda r: "".join("⓪①②③④⑤⑥⑦⑧⑨"[int(d)] for d in phone(r)),
    "raised": lambda r: "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(d)] for d in phone(r)),
    "mathematical digits": lambda r: shifted(phone(r), r.choice("𝟎𝟘𝟢𝟬𝟶")),
    "digits of other scripts": lambda r: shifted(phone(r), r.choice("٠۰०")),
    "spaced": lambda r: r.choice((" ", "  ", "\u2009", "\u00a0")).join(phone(r)),
    "symbols between": lambda r: interleaved(r, phone(r), r.choice(("*", "*~_", "^", "+", "=", "|•·", "'", "#"))),
    "emoji between": lambda r: interleaved(r, phone(r), "💋🌹🍒"),
    "letters between": lambda r: interleaved(r, phone(r), "abxqz"),
    "commas between": lambda r: r.choice((",", ", ", ";")).join(phone(r)),
    "each in brackets": lambda r: (lambda sign: "".join(f"{sign[0]}{d}{sign[1]}" for d in phone(r)))(r.choice(("()", "[]", "<>"))),
    "zero-width between": lambda r: interleaved(r, phone(r), ZERO_WIDTH),
    "over three lines": lambda r: groups(phone(r), "\n"),
    "one digit a line": lambda r: "\n".join(phone(r)),
    "with words between": lambda r: "«{}» then «{}» and then «{}»".format(*groups(phone(r), " ").split()),
    "area code and rest in prose": lambda r: (lambda p: f"area code «{said(p[:3])}», the rest is «{p[3:6]}» «{p[6:]}»")(phone(r)),
    "in prose, in Spanish": lambda r: (lambda p: f"la lada es «{p[:3]}», luego «{said(p[3:6], ES)}» y al final «{p[6:]}»")(phone(r)),
    "backwards": lambda r: groups(phone(r)[::-1], r.choice(("", "-", " ")), (4, 3, 3)),
    "Roman numerals": lambda r: " ".join(ROMAN[int(d)] for d in phone(r)),
    "country code spaced": lambda r: r.choice(("+ 1 {}", "0 0 1 {}", "00-1-{}", "uno {}")).format(groups(phone(r), " ")),
    "letters of the keypad": lambda r: f"{phone(r)[:3]}-555-{r.choice(('GIRL', 'CALL', 'WORK', 'HELP'))}",
    "stuck to words": lambda r: r.choice(("tel«{}»x", "cel«{}»", "x«{}»x", "text«{}»now")).format(phone(r)),
    "link of a messenger": lambda r: r.choice(("wa.me/1«{}»", "wa . me / 1«{}»", "tel:+1«{}»", "whatsapp1«{}»")).format(phone(r)),
}


def local(random: Random) -> str:
    return random.choice(LOCALS)


EMAILS: dict[str, Write] = {
    "at and dot": lambda r: f"{local(r)} {r.choice(('at', 'AT', 'a t'))} example {r.choice(('dot', 'DOT', 'd0t'))} {r.choice(('org', 'com'))}",
    "at and dot in brackets": lambda r: r.choice(("{}(at)example(dot)org", "{} [at] example [dot] org", "{}{{at}}example{{dot}}com")).format(
        local(r)
    ),
    "arroba y punto": lambda r: f"{local(r)} {r.choice(('arroba', 'ARROBA', '(arroba)'))} example {r.choice(('punto', 'PUNTO'))} org",
    "letter by letter": lambda r: " ".join(f"{local(r)}@example.org"),
    "full-width signs": lambda r: f"{local(r)}＠example．org",
    "lookalike letters": lambda r: f"{local(r)}@example.org".translate(LOOKALIKE),
    "zero-width in an address": lambda r: f"{local(r)}@example.org".replace("e", "e" + r.choice(ZERO_WIDTH)),
    "underscore and dash in words": lambda r: f"{local(r)} underscore {r.choice(('one', 'la', 'x'))} dash 9 at example dot com",
    "guion bajo": lambda r: f"{local(r)} guion bajo {r.choice(('uno', 'la', 'mx'))} arroba example punto com",
    "spaces around signs": lambda r: r.choice(("{} @ example . org", "{} @example .org", "{}@ example. org")).format(local(r)),
    "mirror": lambda r: f"{local(r)}@example.org"[::-1],
}
HANDLES: dict[str, Write] = {
    "network and a name": lambda r: (
        f"{r.choice(('ig', 'insta', 'snap', 'IG:', 'sc:', 'telegram', 'kik'))} «{local(r)}.{r.choice(('la', 'x', 'mx'))}»"
    ),
    "at spelled": lambda r: f"at «{local(r)} underscore {r.choice(('la', 'x'))}» on {r.choice(('snapchat', 'telegram', 'instagram'))}",
    "handle letter by letter": lambda r: "@ " + r.choice((" ", "-", ".")).join(local(r)),
    "link to a profile": lambda r: r.choice(("t.me/«{}»", "t . me / «{}»", "instagram dot com slash «{}»", "fb.com/«{}»")).format(local(r)),
    "arroba": lambda r: f"arroba {local(r)} guion bajo {r.choice(('mx', 'la'))}",
    "full-width at": lambda r: f"＠{local(r)}_{r.randrange(10, 99)}",
}


def first(random: Random) -> str:
    return random.choice(FIRST)


def full(random: Random) -> str:
    return f"{random.choice(FIRST)} {random.choice(LAST)}"


NAMES: dict[str, Write] = {
    "letters with dashes": lambda r: r.choice(("-", " - ")).join(first(r).upper()),
    "letters with dots": lambda r: r.choice((".", ". ")).join(first(r)),
    "letters with spaces": lambda r: " ".join(first(r).upper()),
    "letters with commas": lambda r: ", ".join(first(r).upper()),
    "leet name": lambda r: full(r).translate(LEET_LETTER),
    "lookalike name": lambda r: full(r).translate(LOOKALIKE),
    "zero-width in a name": lambda r: "".join(c + r.choice(ZERO_WIDTH) for c in first(r)[:-1]) + "a",
    "phonetic alphabet": lambda r: " ".join(NATO[ord(c) - 97] for c in first(r).lower()),
    "as in": lambda r: ", ".join(f"{c.upper()} as in {AS_IN[ord(c) - 97]}" for c in first(r).lower()),
    "M de mano": lambda r: ", ".join(f"{c.upper()} de {COMO[ord(c) - 97]}" for c in first(r).lower()),
    "lower case": lambda r: full(r).lower(),
    "words stuck together": lambda r: full(r).replace(" ", r.choice(("", "_", "."))),
    "mathematical letters": lambda r: "".join(chr(0x1D400 + ord(c) - 65) if c.isupper() else chr(0x1D41A + ord(c) - 97) for c in first(r)),
    "full-width letters": lambda r: "".join(chr(0xFEE0 + ord(c)) for c in first(r)),
    "mixed case": lambda r: "".join(c.upper() if i % 2 else c.lower() for i, c in enumerate(first(r))),
    "struck through": lambda r: "".join(c + "\u0336" for c in first(r)),
    "stretched": lambda r: "".join(c * r.choice((1, 1, 3)) if c in "aeiou" else c for c in full(r)),
    "name backwards": lambda r: full(r)[::-1],
    "symbols in a name": lambda r: r.choice(("*", "_", "/", "·")).join(first(r)),
}


def street(random: Random) -> str:
    return f"{random.choice(STREETS)} {random.choice(('Street', 'St', 'Ave', 'Avenue', 'Blvd', 'Road', 'Lane', 'Dr'))}"


def house(random: Random) -> str:
    return str(random.randrange(21, 9999))


ADDRESSES: dict[str, Write] = {
    "number in words": lambda r: f"{pairs(house(r).zfill(4).replace('0', '2'), EN, TEENS, TENS, '-')} {street(r)}",
    "numero en palabras": lambda r: f"calle {r.choice(STREETS)} número {pairs(str(r.randrange(21, 99)), ES, DIECES, DECENAS, ' y ')}",
    "number spaced": lambda r: f"{' '.join(house(r))} {street(r)}",
    "lower case and a unit": lambda r: f"{house(r)} {street(r).lower()} {r.choice(('apt', 'unit', '#', 'rm'))} {r.randrange(1, 30)}{r.choice('bcd')}",
    "numbered street": lambda r: f"{house(r)} {r.choice(('W', 'E', 'north', 'So.'))} {r.randrange(21, 99)}th {r.choice(('St', 'street', 'ave'))}",
    "leet address": lambda r: f"{house(r).translate(LEET_DIGIT)} {street(r).translate(LEET_LETTER)}",
    "avenida": lambda r: f"{r.choice(('av.', 'avenida', 'Blvr.', 'calz.'))} {r.choice(STREETS)} #{house(r)} int. {r.randrange(1, 20)}",
    "over two lines": lambda r: f"{house(r)}\n{street(r)}",
    "coordinates": lambda r: f"{r.choice(('', 'lat '))}37.{r.randrange(10000, 99999)}, -129.{r.randrange(10000, 99999)}",
}
BIRTHS: dict[str, Write] = {
    "birth date in words": lambda r: f"{r.choice(('March third', 'June twelfth', 'the fifth of May'))} nineteen ninety {EN[r.randrange(1, 10)]}",
    "fecha en palabras": lambda r: (
        f"{ES[r.randrange(2, 10)]} de {r.choice(('marzo', 'junio'))} de mil novecientos noventa y {ES[r.randrange(1, 10)]}"
    ),
    "birth date spaced": lambda r: f"0 {r.randrange(1, 10)} . 1 {r.randrange(0, 10)} . 1 9 9 {r.randrange(0, 10)}",
    "Roman month": lambda r: f"{r.randrange(2, 28)}{r.choice('-/.')}{r.choice(('III', 'VII', 'XI'))}{r.choice('-/.')}199{r.randrange(10)}",
    "birth date without signs": lambda r: f"0{r.randrange(1, 10)}{r.randrange(10, 28)}19{r.randrange(80, 99)}",
    "month abbreviated": lambda r: f"{r.choice(('Mar', 'Jun', 'sept', 'ene', 'dic'))}. {r.randrange(2, 28)} '{r.randrange(80, 99)}",
}


def social(random: Random) -> str:
    return f"98765432{random.randrange(10)}"


SOCIALS: dict[str, Write] = {
    "social security in words": lambda r: said(social(r), by=r.choice((" ", ", "))),
    "social security two at a time": lambda r: pairs(social(r), EN, TEENS, TENS, " "),
    "social security, odd signs": lambda r: groups(social(r), r.choice((".", " ", "/", " - ", "*")), (3, 2, 4)),
    "seguro en palabras": lambda r: said(social(r), ES),
}
CARDS: dict[str, Write] = {
    "card in words": lambda r: said(r.choice(("4111111111111111", "5555555555554444"))),
    "card over lines": lambda r: groups(
        r.choice(("4111111111111111", "5555555555554444", "4012888888881881")), r.choice(("\n", " . ", "_")), (4,) * 4
    ),
    "card doubled": lambda r: doubled(r.choice(("4111111111111111", "5555555555554444")), EN, "double", "triple"),
    "card full-width": lambda r: shifted(r.choice(("4111111111111111", "4012888888881881")), "０"),
}


def vin(random: Random) -> str:
    return "1XX" + "".join(random.choice("ABCDEFGHJKLMNPRSTUVWXYZ23456789") for _ in range(8)) + f"{random.randrange(10**6):06d}"


def plate(random: Random) -> tuple[str, str, str]:
    """California's pattern with a first letter that is never issued."""
    letters = random.choice("IOQ") + "".join(random.choice("BCDFGHJKLMNPRSTVWXYZ") for _ in range(2))
    return str(random.randrange(4, 9)), letters, f"{random.randrange(1000):03d}"


VEHICLES: dict[str, Write] = {
    "VIN in groups": lambda r: groups(vin(r), r.choice((" ", "-", ".")), (3, 5, 3, 6)),
    "VIN spaced": lambda r: " ".join(vin(r).lower()),
    "plate by phonetic alphabet": lambda r: (lambda p: f"{EN[int(p[0])]} {' '.join(NATO[ord(c) - 65] for c in p[1])} {said(p[2])}")(plate(r)),
    "plate spaced": lambda r: " ".join("".join(plate(r))),
    "plate in lower case with signs": lambda r: r.choice(("-", " ", ".", "*")).join(plate(r)).lower(),
    "plate with words": lambda r: (lambda p: f"{EN[int(p[0])]} {' '.join(p[1])} {said(p[2])}")(plate(r)),
    "placa en palabras": lambda r: (lambda p: f"{ES[int(p[0])]} {' '.join(p[1])} {said(p[2], ES)}")(plate(r)),
}
PAPERS: dict[str, Write] = {
    "passport in words": lambda r: f"{r.choice('XYZ')} {said(f'00{r.randrange(10**6):06d}')}",
    "passport in groups": lambda r: f"{r.choice('XYZ')} {groups(f'00{r.randrange(10**6):06d}', r.choice((' ', '.', '-')), (2, 3, 3))}",
    "license with spaces": lambda r: f"{r.choice('DNY')} {' '.join(f'00{r.randrange(10**5):05d}')}",
    "alien number": lambda r: f"A# {groups(f'000{r.randrange(10**6):06d}', r.choice((' ', '-', '.')), (3, 3, 3))}",
}
NETWORK: dict[str, Write] = {
    "defanged link": lambda r: f"hxxps://{local(r)}[.]example[.]org/{r.randrange(10, 99)}",
    "address of a machine": lambda r: f"192[.]0[.]2[.]{r.randrange(1, 255)}",
    "site in words": lambda r: f"www dot {local(r)} dot example dot com",
}
STYLES: dict[str, dict[str, Write]] = {
    "phone": PHONES,
    "email": EMAILS,
    "handle": HANDLES,
    "name": NAMES,
    "address": ADDRESSES,
    "birth": BIRTHS,
    "ssn": SOCIALS,
    "card": CARDS,
    "vehicle": VEHICLES,
    "paper": PAPERS,
    "network": NETWORK,
}
SPANISH_STYLES = {
    "words in Spanish", "doble y triple", "de dos en dos", "in prose, in Spanish", "arroba y punto", "guion bajo", "arroba", "M de mano",
    "numero en palabras", "avenida", "fecha en palabras", "seguro en palabras", "placa en palabras",
}  # fmt: skip

# Where an identifier stands: with a word that announces it and, for what speaks for itself, without one.
CARRIERS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "phone": ("The ad says {} and nothing else.", "You can reach him at {} after dark.", "Text {} for a girl.", "{} is what was on the wall."),
        "email": ("Write to {} and ask for work.", "He told them to send photos to {} first.", "The flyer had {} on it."),
        "handle": ("He finds them online, {}.", "She was told to message {} when she arrives.", "The account is {} and it posts every night."),
        "name": ("The boss is called {} by the others.", "My name is {} and I am afraid.", "Everyone knows that {} runs the house.", "Ask for {}."),
        "address": (
            "They are kept at {} and cannot leave.",
            "The house is {}, the one with the covered windows.",
            "The van stops at {} every night.",
        ),
        "birth": ("She was born {} and has no papers.", "DOB {} is what the paper says.", "Her date of birth is {}."),
        "ssn": ("Her social security number is {} and he uses it.", "He wrote down her social, {}, and kept it.", "SSN {} was on the form."),
        "card": ("He pays with the card {} each time.", "The card number {} was on the desk.", "They charged {} for the room."),
        "vehicle": ("The plate of the van is {} and it comes at night.", "The car, {}, waits outside.", "I wrote down {} before it left."),
        "paper": ("Her passport number is {} and he keeps it.", "The document {} was taken from her.", "The ID says {}."),
        "network": ("The ads are at {} every day.", "She was told to look at {} for the job.", "It was posted from {}."),
    },
    "es": {
        "phone": ("El anuncio dice {} y nada más.", "Se puede llamar al {} de noche.", "Manda mensaje al {}.", "{} es lo que estaba en la pared."),
        "email": ("Hay que escribir a {} para pedir trabajo.", "Les dijo que mandaran fotos a {} primero."),
        "handle": ("Las busca en internet, {}.", "Le dijeron que escribiera a {} al llegar."),
        "name": ("Al patrón le dicen {} los demás.", "Me llamo {} y tengo miedo.", "Todos saben que {} manda en la casa."),
        "address": ("Las tienen en {} y no pueden salir.", "La casa está en {}, con las ventanas tapadas."),
        "birth": ("Nació el {} y no tiene papeles.", "Su fecha de nacimiento es {}."),
        "ssn": ("Su número de seguro social es {} y él lo usa.", "Le quitó el seguro, {}, y no lo devuelve."),
        "card": ("Paga con la tarjeta {} cada vez.", "El número de tarjeta {} estaba en la mesa."),
        "vehicle": ("La placa de la camioneta es {} y llega de noche.", "El carro, {}, espera afuera."),
        "paper": ("Su pasaporte es {} y él lo guarda.", "El documento {} se lo quitaron."),
        "network": ("Los anuncios están en {} todos los días.", "Le dijeron que mirara {} por el trabajo."),
    },
}


def cases(per_style: int, seed: int) -> Iterator[Case]:
    """So many cases of each style, the same for the same seed."""
    for kind, styles in STYLES.items():
        for style, write in styles.items():
            for number in range(per_style):
                random = Random(f"{seed}:{kind}:{style}:{number}")
                language = "es" if style in SPANISH_STYLES or random.random() < 0.25 else "en"
                before, after = (fillers(random, language, random.randrange(1, 5)) for _ in range(2))
                carrier = random.choice(CARRIERS[language][kind])
                yield _placed(style, kind, f"{before} {carrier} {after}", write(random))


def _placed(style: str, kind: str, frame: str, written: str) -> Case:
    """Put the written identifier where the braces are, and note where its telling parts come to lie."""
    marked = written if "«" in written else f"«{written}»"
    lead, tail = frame.split("{}")
    text, gold, open_at = lead, [], 0
    for sign in marked + tail:
        if sign == "«":
            open_at = len(text)
        elif sign == "»":
            gold.append((open_at, len(text)))
        else:
            text += sign
    return Case(style, kind, text, tuple(gold))
