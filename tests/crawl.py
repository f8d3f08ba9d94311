"""Finding every page as a person does: from link to link, with the forms that stand on them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import combinations
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from tests.doors import Door, House, doors

METHODS = ("GET", "POST")
Pairs = list[tuple[str, str]]


@dataclass
class FormFound:
    """A form as it stands on a page: where it is sent, and what it would send."""

    action: str
    method: str
    fields: Pairs = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    #: Where its buttons send it instead, and what each adds: its own name and value.
    buttons: dict[str, Pairs] = field(default_factory=dict)
    has_own_button: bool = False

    def ways(self) -> Iterator["FormFound"]:
        """The form as each of its buttons sends it: a form that has none is sent by nobody."""
        if self.has_own_button:
            yield self
        for action, added in self.buttons.items():
            yield replace(self, action=action, fields=[*self.fields, *added])

    @property
    def several(self) -> set[str]:
        """Names that boxes share: ticking two of them sends the name twice."""
        return {name for name, times in Counter(self.boxes).items() if times > 1}

    @property
    def names(self) -> list[str]:
        return sorted({name for name, _ in self.fields} - {"csrf_token"})

    def with_value(self, name: str, *values: str) -> dict[str, list[str]]:
        """Fill in this form, one field with values of one's own."""
        filled: dict[str, list[str]] = {}
        for key, value in self.fields:
            filled.setdefault(key, []).append(value)
        return {**{key: found[:1] for key, found in filled.items()}, name: list(values)}


@dataclass
class PageFound:
    """A page that answered, under the address it was asked for."""

    address: str
    text: str
    links: list[str]
    forms: list[FormFound]

    @property
    def path(self) -> str:
        return urlsplit(self.address).path

    @property
    def query(self) -> Pairs:
        return parse_qsl(urlsplit(self.address).query, keep_blank_values=True)


class Reader(HTMLParser):
    """Collects the links and forms of one page."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.links: list[str] = []
        self.forms: dict[str, FormFound] = {}
        self._open: FormFound | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        match tag:
            case "a" if "href" in said:
                self.links.append(urljoin(self.address, said["href"]))
            case "form":
                self._begin_form(said)
            case "button":
                self._add_button(said)
            case "select":
                self._select = said.get("name")
            case "input" | "textarea" | "option":
                self._add(said, said.get("name") if tag != "option" else self._select)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None

    def _begin_form(self, said: dict[str, str]) -> None:
        action = urljoin(self.address, said.get("action") or self.address)
        self._open = FormFound(action, said.get("method", "get").upper())
        self.forms[said.get("id") or f"form {len(self.forms)}"] = self._open

    def _add_button(self, said: dict[str, str]) -> None:
        form = self.forms.get(said.get("form", "")) or self._open
        if form is None or said.get("type", "submit") != "submit":
            return
        sent = [(said["name"], said.get("value", ""))] if said.get("name") else []
        if "formaction" in said:
            form.buttons[urljoin(self.address, said["formaction"])] = sent
        else:
            form.has_own_button = True
            form.fields += sent

    def _add(self, said: dict[str, str], name: str | None) -> None:
        form = self.forms.get(said.get("form", "")) or self._open
        if form is not None and name:
            form.fields.append((name, said.get("value", "")))
            if said.get("type") == "checkbox":
                form.boxes.append(name)


FAILURE = 500


def read(address: str, text: str) -> PageFound:
    reader = Reader(address)
    reader.feed(text)
    return PageFound(address, text, reader.links, list(reader.forms.values()))


def pages(house: House, visitor: str) -> list[PageFound]:
    """Every page that this visitor can find; looked for once in a house."""
    if visitor not in house.found:
        house.found[visitor] = list(crawl(house, visitor))
    return house.found[visitor]


def crawl(house: House, visitor: str) -> Iterator[PageFound]:
    """Open every page, with each argument that links to it have, and with each two of them."""
    waiting = [house.address(door) for door in doors(house.app) if door.method == "GET"]
    seen: set[object] = set()
    while waiting:
        address = waiting.pop(0)
        if (kinds := kinds_of(house, address)) <= seen:
            continue
        seen |= kinds
        answer = house.open(visitor, "GET", address)
        assert answer.status_code < FAILURE, address  # who crawls first may not ask
        if answer.status_code == 200:
            found = read(address, answer.text if "text" in str(answer.mimetype) else "")
            waiting += [path for link in found.links if (path := local(link))]
            yield found


def kinds_of(house: House, address: str) -> set[object]:
    """What opening this address shows: the page alone, with one argument, with two together."""
    page, names = kind_of(house, address)
    together = combinations(sorted(names), 2)
    return {page, *((page, name) for name in names), *((page, *two) for two in together)}


def kind_of(house: House, address: str, method: str = "GET") -> tuple[str, frozenset[str]]:
    """Two addresses are of a kind when they open the same page with the same arguments."""
    parts = urlsplit(address)
    adapter = house.app.url_map.bind("localhost")
    answering = [one for one in (method, *METHODS) if adapter.test(parts.path, one)]
    endpoint = adapter.match(parts.path, answering[0])[0] if answering else parts.path
    return endpoint, frozenset(name for name, _ in parse_qsl(parts.query, keep_blank_values=True))


def local(link: str) -> str | None:
    """Keep what leads to a page of ours."""
    parts = urlsplit(link)
    if parts.netloc or parts.scheme or not parts.path.startswith("/"):
        return None
    return parts._replace(fragment="").geturl()


def changed(address: str, name: str, *values: str) -> str:
    """Give one argument of an address other values."""
    parts = urlsplit(address)
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
    query = urlencode([*kept, *((name, value) for value in values)], errors="surrogatepass")
    return parts._replace(query=query).geturl()


def door_of(house: House, address: str, method: str) -> Door | None:
    """Tell which door an address leads to."""
    adapter = house.app.url_map.bind("localhost")
    path = urlsplit(address).path
    if not adapter.test(path, method):
        return None
    rule = adapter.match(path, method, return_rule=True)[0]
    return Door(method, rule)
