"""Sentences in which nothing points at anybody: plain words, and as many harmless numbers and capital words as tips and reports hold."""

from collections.abc import Iterator
from random import Random

FILLERS = {
    "en": (
        "The workers sleep in the back of the restaurant.",
        "They have not been paid for months.",
        "The owner keeps their passports in a locked drawer.",
        "She is not allowed to leave the room alone.",
        "A man waits outside and does not speak to anybody.",
        "They work every day and have no break.",
        "The windows are covered and the door is always locked.",
        "He said that she owes him money for the trip.",
        "They are told not to talk to customers.",
        "A neighbor saw a van at night.",
        "The caller wants to stay anonymous.",
        "People come and go at all hours.",
        "She seemed afraid and would not say why.",
        "The job was not what was promised.",
    ),
    "es": (
        "Duermen en el mismo lugar donde trabajan.",
        "No les pagan desde hace meses.",
        "El patrón les quitó los documentos.",
        "No la dejan salir sola.",
        "Dice que le debe dinero por el viaje.",
        "La gente parece tener miedo del hombre de la puerta.",
        "Una vecina vio una camioneta de noche.",
        "El trabajo no era lo prometido.",
        "La persona prefiere no dar su nombre.",
        "Entran y salen hombres a todas horas.",
    ),
}
ENGLISH = (
    "They work {h} to {H} hours a day, {d} days a week.",
    "She is paid ${w}.50 an hour and works from {a} am to {b} pm.",
    "He owes ${k},{t}00 to the man who brought him.",
    "There are {n} people in {d} rooms and only {d} beds.",
    "About {n} workers came in {y} and {n} more in {Y}.",
    "The girl is {g} years old and her sister is {G}.",
    "She was {g} when it began, between {y} and {Y}.",
    "Room {r} is always locked, and so is Room {R}.",
    "The police came on {day} at {a}:{m} in the morning.",
    "On {day} and {Day} the van comes at {a}:{m} pm and leaves at {b}:{M}.",
    "Section 236.1 of the Penal Code was explained to the workers.",
    "The poster names Penal Code 236.1, 266h and 647(b).",
    "The training covers 18 U.S.C. 1591 and Labor Code Section 226.",
    "Civil Code 52.6 says that the notice must be posted at the bar.",
    "The notice of {month} {y} says that the wage is ${w}.00.",
    "They get {p} percent of ${h}0 and pay ${k}00 for rent.",
    "He counted {d}, then {n}, then {n} men at the door.",
    "In {month} of {Y} the hotel had {n} guests for {d} weeks.",
    "She works six or seven days, ten or twelve hours, for three hundred dollars.",
    "Two or three men come, and one of them stays for four or five hours.",
    "They sleep eight to a room, two to a bed, and share one phone.",
    "One of the five women is twenty, two are nineteen and two are seventeen.",
    "He pays twenty dollars a day and takes fifteen for food.",
    "It takes about {n} minutes by bus from {county} County.",
    "The restaurant in {county} opens at {a} and closes at {b}.",
    "A worker from {county} County called on {day}.",
    "The English and Spanish signs were gone by {day}.",
    "They drove {k}{t} miles in {d} days along Highway {hw}.",
    "The bus runs on Interstate 5 and Highway {hw} every {h} minutes.",
    "Of {n} rooms only {d} have windows, and {d} have a lock on the outside.",
    "He said 1 of 3 workers was hurt and 2 of 3 were not paid.",
    "The room is {h} by {H} feet and costs ${k}00 a month.",
    "They start at {a} in the morning, stop at {b} at night, and have {d}0 minutes for lunch.",
    "The meeting is on {month} {D} at {a} pm.",
    "She has worked there for {d} years and {d} months.",
    "Police and the FBI were told in {y}, {Y} and again this year.",
    "The form asks for Yes or No, and for A, B or C.",
    "He took {p}% in {month}, {p}% in {Month} and the rest later.",
    "She saw {d} or {d} men on {day}, {n} on {Day}.",
    "They must sell {n} boxes at ${d} each, or pay ${h}0.",
    "AB 1740 and SB 970 say what must be taught to hotel workers.",
    "The law was changed in 2012 by Proposition 35.",
    "Grade {d} students and their teacher heard about it on {day}.",
    "The T visa and the U visa were explained to all {n} of them.",
    "It was {h}0 degrees and they had {d} breaks in {H} hours.",
    "Between {a} and {b} there were {n}, {n} and {n} customers.",
)
SPANISH = (
    "Trabajan {h} horas al día, {d} días a la semana.",
    "Le pagan ${w}.50 la hora, de {a} de la mañana a {b} de la noche.",
    "Le debe ${k},{t}00 al hombre que lo trajo.",
    "Hay {n} personas en {d} cuartos y sólo {d} camas.",
    "La niña tiene {g} años y su hermana {G}.",
    "Tenía {g} años cuando empezó, entre {y} y {Y}.",
    "El cuarto {r} siempre está cerrado.",
    "La policía llegó el {dia} a las {a}:{m} de la mañana.",
    "El artículo 236.1 del Código Penal habla de esto.",
    "En {mes} de {Y} llegaron {n} trabajadores y {n} más en {y}.",
    "Trabaja seis o siete días, diez o doce horas, por trescientos dólares.",
    "Vienen dos o tres hombres y uno se queda cuatro o cinco horas.",
    "Una de las cinco tiene veinte años, dos tienen diecinueve y dos diecisiete.",
    "El restaurante de {county} abre a las {a} y cierra a las {b}.",
    "Les quita el {p} por ciento de ${h}0 y paga ${k}00 de renta.",
    "Vio a {d} o {d} hombres el {dia} y a {n} el {Dia}.",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DIAS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
MONTHS = ("January", "February", "March", "April", "June", "July", "August", "September", "October", "November", "December")
MESES = ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre")
COUNTIES = ("Fresno", "Sacramento", "Los Angeles", "San Diego", "Alameda", "Kern", "Contra Costa", "Riverside")


def fillers(random: Random, language: str, number: int) -> str:
    """Some sentences without a number."""
    return " ".join(random.sample(FILLERS[language], number))


def sentences(number: int, seed: int) -> Iterator[str]:
    """So many sentences with harmless numbers and capital words, the same for the same seed."""
    random = Random(f"{seed}:ordinary")
    for _ in range(number):
        yield _filled(random, random.choice(ENGLISH if random.random() < 0.72 else SPANISH))


def _filled(random: Random, sentence: str) -> str:
    """Fill the slots, each with a number or word of its own."""
    ranges = {
        "{h}": (4, 16), "{H}": (5, 18), "{d}": (2, 8), "{n}": (2, 60), "{w}": (7, 21), "{k}": (1, 9), "{t}": (1, 9), "{a}": (1, 12), "{b}": (1, 12),
        "{g}": (12, 40), "{G}": (12, 50), "{y}": (1998, 2020), "{Y}": (2021, 2026), "{r}": (100, 420), "{R}": (100, 420), "{p}": (5, 90),
        "{D}": (1, 28), "{hw}": (1, 99),
    }  # fmt: skip
    words = {
        "{day}": DAYS, "{Day}": DAYS, "{dia}": DIAS, "{Dia}": DIAS, "{month}": MONTHS, "{Month}": MONTHS, "{mes}": MESES, "{county}": COUNTIES,
        "{m}": ("00", "15", "30", "45"), "{M}": ("05", "20", "50"),
    }  # fmt: skip
    for slot, (least, most) in ranges.items():
        while slot in sentence:
            sentence = sentence.replace(slot, str(random.randint(least, most)), 1)
    for slot, choices in words.items():
        while slot in sentence:
            sentence = sentence.replace(slot, random.choice(choices), 1)
    return sentence
