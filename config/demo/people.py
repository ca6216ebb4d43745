"""Invented people: names, addresses and phones of nobody, the same ones at every load."""

import random
from dataclasses import dataclass

GIVEN = (
    "Adaeze Aino Alejandra Amara Anders Anneke Anton Aoife Arjun Astrid Aurelio Ayesha Bartholomew "
    "Beatriz Benedikt Bilal Brigid Camille Carlos Chiara Clementine Cosima Dagmar Dalia Damian Dmitri "
    "Edith Eleni Elias Elodie Emeka Emiko Esme Ezra Farida Felix Fenna Finn Florian Freya Gabriela "
    "Genevieve Giorgos Greta Gustav Hana Harriet Hector Helga Henrietta Hideo Hugo Ida Ignatius Imogen "
    "Ines Ingrid Isadora Ivo Jacinta Jamal Jasper Johanna Jonas Josefina Juno Kaito Karoline Katarzyna "
    "Keiko Kenji Khadija Konstantin Lars Leila Leopold Linnea Lorenzo Lucia Ludovic Magnus Malika Marcel "
    "Margit Mathilde Matteo Mei Mireille Mohamed Nadia Naomi Nikolai Noor Odile Olu Oscar Ottilie Paloma "
    "Pascal Petra Philippa Priya Quentin Rafael Rasmus Renata Rosalind Rufus Sabine Salma Samuel Sanne "
    "Selma Seraphina Shirin Sigrid Simone Solveig Stefan Sunniva Tamsin Tariq Thea Theo Tobias Ulla "
    "Valentin Vera Viktor Wanda Wilhelmina Xanthe Yasmin Yusuf Zelda Zoltan"
).split()
FAMILY = (
    "Aagaard Abara Achterberg Adeyemi Aldous Almgren Anyanwu Arbuthnot Asante Aubertin Baptiste Barreto "
    "Bellweather Benedetti Birch Blackwood Boateng Brandt Brightwater Calloway Castellane Cavendish "
    "Chaudhry Cho Clarendon Cormier Dahl Delacroix Demetriou Dragomir Drummond Eide Ekwueme Ellery "
    "Eriksen Fairweather Falk Farrow Featherstone Ferreira Finch Fjord Flynn Forsythe Fukuda Gallagher "
    "Garland Ghosh Goldwater Grenville Guimaraes Haddad Hallam Hargreaves Hawthorne Heilbronn Hollis Holm "
    "Huang Ibarra Idowu Ingleby Iqbal Iversen Jankowski Jardine Joubert Kaplan Karlsen Kavanagh Khoury "
    "Kingsley Kowalczyk Krause Kuroda Lacroix Langley Larkspur Lindqvist Lockhart Lund MacAllister Malik "
    "Marchetti Mbeki Mercer Montague Moreau Nakamura Ndiaye Nightingale Novak Nwosu Oakley Okafor "
    "Olofsson Onyango Orlov Osei Oyelaran Pallister Pappas Pemberton Petrov Pickering Quillfeather Rahman "
    "Ramirez Ravensworth Rautio Rousseau Rosenthal Sandoval Santangelo Sato Schofield Silvestri Sorensen "
    "Stavros Sterling Szabo Takahashi Tennant Thackeray Thorne Tremaine Ueda Valcourt Vandermeer Vasquez "
    "Vondelaar Wainwright Wakefield Whitfield Winterbourne Wren Yamada Yardley Zabala Zielinski Zuniga"
).split()
STREETS = (
    "Alder Ash Birch Canal Cedar Chapel Elm Foundry Garden Harbor Hill Juniper Lake Maple Market Mill".split()
)
TOWNS = (
    ("Fairhaven", "MA 02199"), ("Millbrook", "NY 12545"), ("Cedar Falls", "OH 44000"), ("Port Ellery", "ME 04000"),
    ("Kingsford", "CA 90000"), ("Lakemont", "WA 98000"), ("Red Oak", "TX 75000"), ("New Bremen", "IL 60000"),
)  # fmt: skip
MAIL = ("letterbox.example", "veldpost.example", "inkwell.example", "harbormail.example")


@dataclass(frozen=True)
class Person:
    name: str
    email: str
    phone: str
    street: str
    city: str
    postal_code: str


def invent_people(count: int, *, seed: int) -> list[Person]:
    """`count` people with different names. Domains are .example (RFC 2606), phones 555-01xx (for fiction)."""
    chance = random.Random(seed)  # noqa: S311  (a demo, not a secret)
    pairs = [(given, family) for given in GIVEN for family in FAMILY]
    return [_person(given, family, chance) for given, family in chance.sample(pairs, count)]


def _person(given: str, family: str, chance: random.Random) -> Person:
    town, code = chance.choice(TOWNS)
    return Person(
        name=f"{given} {family}",
        email=f"{given}.{family}{chance.randint(1, 99)}@{chance.choice(MAIL)}".lower(),
        phone=f"+1{chance.choice((212, 312, 415, 617, 206))}55501{chance.randint(0, 99):02d}",
        street=f"{chance.randint(1, 240)} {chance.choice(STREETS)} Street",
        city=town,
        postal_code=code,
    )
