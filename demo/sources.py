"""The demo's sources, who they are assigned to, and who they were assigned to before."""

from datetime import datetime, timedelta

from demo import names
from demo.scene import Scene
from models import Assignment, Membership, Partner, Source, SourceStatus, db

WITHOUT_SOURCE = frozenset({13, 37})
#: The first partner is the one that the demo's partner people see: (name, vertical, status)
FOR_ACME = 4
AT_ACME = (
    ("Auto Insurance Form", "Auto insurance", SourceStatus.LIVE),
    (names.LONG_SOURCE, "Medicare supplement", SourceStatus.LIVE),
    ("Home Solar Quotes", "Home solar", SourceStatus.LIVE),
    ("Renters and Condo", "Renters and condo", SourceStatus.LIVE),
    (names.SCRIPT_SOURCES[0], "Auto insurance", SourceStatus.PAUSED),
    ("Spanish Auto Form", "Auto insurance", SourceStatus.TEST),
)
STATES = (*[SourceStatus.LIVE] * 7, *[SourceStatus.TEST] * 2, SourceStatus.PAUSED)
UNASSIGNED = 12
MOVED_EVERY = 9


def add_sources(scene: Scene) -> None:
    """Add the sources and assign most of them."""
    others = [place for place in range(1, len(scene.partners)) if place not in WITHOUT_SOURCE]
    owners = [*[0] * FOR_ACME, *others]
    for number in range(scene.sizes.sources):
        is_free = number >= scene.sizes.sources - UNASSIGNED
        place = None if is_free else owners[number % len(owners)]
        _add(scene, number, place)
    db.session.flush()


def _add(scene: Scene, number: int, place: int | None) -> None:
    partner = None if place is None else scene.partners[place]
    begin = partner.created_at if partner else scene.clock.ago(60)
    moment = begin + (scene.clock.present - begin) * scene.clock.dice.uniform(0.02, 0.6)
    by = scene.clock.dice.choice(scene.sides())
    name, vertical, status = _looks(scene, number, place)
    source = scene.add(
        Source,
        moment,
        name=name,
        vertical=vertical,
        status=status,
        partner_id=partner.id if partner else None,
        created_at=moment,
    )
    scene.sources.append(source)
    scene.note(moment, by, "source.created", source, after={"name": source.name})
    if partner:
        _assign(scene, source, partner, number, by)


def _looks(scene: Scene, number: int, place: int | None) -> tuple[str, str, SourceStatus]:
    """Decide name, vertical and status."""
    status = scene.clock.dice.choice(STATES)
    vertical = names.VERTICALS[number % len(names.VERTICALS)]
    form = names.FORMS[number % len(names.FORMS)]
    if place is None:
        return f"{vertical}, {form.lower()} {number}", vertical, status
    round_ = sum(source.partner_id == scene.partners[place].id for source in scene.sources)
    short = names.PARTNERS[place][0].split()[0].rstrip(",")
    if place == 0 and round_ < len(AT_ACME):
        name, vertical, status = AT_ACME[round_]
        return f"{short} - {name}", vertical, status
    if place in names.SCRIPT_SOURCES and round_ == 1:
        return f"{short} - {names.SCRIPT_SOURCES[place]}", "Auto insurance", status
    return f"{short} - {vertical} {form} {round_ + 1}", vertical, status


def _assign(scene: Scene, source: Source, partner: Partner, number: int, by: Membership) -> None:
    moment = source.created_at + timedelta(hours=2)
    if number % MOVED_EVERY == MOVED_EVERY - 1:
        former = scene.partners[(number * 3) % len(scene.partners)]
        if former not in {partner, scene.partners[0]}:
            moment = _had_before(scene, source, former, by, moment)
    _period(scene, source, partner, moment, by)
    what = "source.assigned"
    changed = {"after": {"partner": partner.name}, "partner_id": partner.id}
    scene.note(moment, by, what, source, **changed)


def _had_before(
    scene: Scene, source: Source, former: Partner, by: Membership, moment: datetime
) -> datetime:
    """Tell when the period of the former partner ended."""
    end = moment + (scene.clock.present - moment) * 0.5
    period = _period(scene, source, former, moment, by)
    period.ended_at, period.ended_by_id = end, by.id
    changed = {"after": {"partner": former.name}, "partner_id": former.id}
    scene.note(moment, by, "source.assigned", source, **changed)
    changed = {"before": {"partner": former.name}, "partner_id": former.id}
    scene.note(end, by, "source.unassigned", source, **changed)
    return end


def _period(
    scene: Scene, source: Source, partner: Partner, moment: datetime, by: Membership
) -> Assignment:
    return scene.add(
        Assignment,
        moment,
        source_id=source.id,
        partner_id=partner.id,
        began_at=moment,
        began_by_id=by.id,
    )
