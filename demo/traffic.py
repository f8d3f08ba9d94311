"""What the demo's sources send: whom each call is about, and when sources call."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

FIRST = ("Maria", "James", "Linda", "Robert", "Ngọc", "José", "Aisha", "Daniel", "Grace", "Owen")
LAST = (
    "Alvarez",
    "Baker",
    "Chen",
    "Dubois",
    "Evans",
    "Fischer",
    "García",
    "Hughes",
    "Ito",
    "Kowalski",
)
#: City, state, the beginning of its postal codes, and an area code.
PLACES = (
    ("Austin", "TX", "787", "512"),
    ("Columbus", "OH", "432", "614"),
    ("Denver", "CO", "802", "303"),
    ("Minneapolis", "MN", "554", "612"),
    ("Phoenix", "AZ", "850", "602"),
    ("Raleigh", "NC", "276", "919"),
)
STREETS = ("Oak Street", "Maple Avenue", "2nd Street", "Lakeview Drive", "Cedar Lane")
#: How busy each day is, from Monday on, and each hour of a day, in tenths.
DAYS = (1.15, 1.2, 1.15, 1.1, 1.0, 0.55, 0.45)
HOURS = (1, 1, 0, 0, 0, 1, 2, 4, 7, 9, 10, 10, 9, 9, 9, 8, 8, 8, 9, 9, 8, 6, 4, 2)
#: How often out of a hundred calls: the same person again, and a field at fault.
AGAIN, WRONG = 4, 3


@dataclass
class Traffic:
    """The calls of one source."""

    dice: Random
    #: Calls on an ordinary day.
    calls: float
    begins: datetime
    ends: datetime
    #: From here on its form sends the address under a name that the mapping does not know.
    mistaken_from: datetime | None = None
    _people: list[dict[str, str]] = field(default_factory=list)

    def between(self, begin: datetime, end: datetime) -> Iterator[tuple[datetime, bytes]]:
        """Give the calls of this time: when, and the body that was sent."""
        hour = max(begin, self.begins)
        while hour < min(end, self.ends):
            for _ in range(self._how_many(hour)):
                moment = hour + timedelta(seconds=self.dice.uniform(0, 3599))
                if moment < self.ends:
                    yield moment, self._body(moment)
            hour += timedelta(hours=1)

    def _how_many(self, hour: datetime) -> int:
        expected = self.calls * DAYS[hour.weekday()] * HOURS[hour.hour] / sum(HOURS)
        return int(expected) + (self.dice.random() < expected % 1)

    def _body(self, moment: datetime) -> bytes:
        chance = self.dice.randrange(100)
        if chance < AGAIN and self._people:
            person = self.dice.choice(self._people[-40:])
        else:
            person = self._person()
            self._people.append(person)
        sent = dict(person)
        if AGAIN <= chance < AGAIN + WRONG:
            sent.update(self.dice.choice(FAULTS))
        if self.mistaken_from and moment >= self.mistaken_from:
            sent["e_mail"] = sent.pop("email")
        return json.dumps(sent, ensure_ascii=False).encode()

    def _person(self) -> dict[str, str]:
        dice = self.dice
        first, last = dice.choice(FIRST), dice.choice(LAST)
        city, state, postal, area = dice.choice(PLACES)
        number = dice.randrange(10_000, 100_000)
        return {
            "first_name": first,
            "last_name": last,
            "email": f"lead{number}{dice.randrange(1000)}@mail.example",
            "phone": f"({area}) 555-{number % 10_000:04}",
            "address_1": f"{dice.randrange(1, 9900)} {dice.choice(STREETS)}",
            "city": city,
            "state": state,
            "postal_code": f"{postal}{dice.randrange(1, 99):02}",
            "utm_campaign": dice.choice(("search", "social", "partner-mail")),
        }


FAULTS = (
    {"email": "not given"},
    {"email": ""},
    {"phone": "555"},
    {"postal_code": "9021"},
    {"state": "Ontario"},
)
