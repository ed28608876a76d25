"""The map of a log, a TOML file: what its columns, groups and activities mean here.

    name = "receipt"                  # part of every idempotency key: another name is another import
    note = "…"                        # what must be said where figures of this log are shown
    zone = "Europe/Amsterdam"         # of times that name no zone; without it such times are an error
    time_format = "%d.%m.%Y %H:%M"    # strptime; default: ISO 8601
    encoding = "utf-8-sig"            # of a CSV file
    delimiter = ","

    [columns]                         # CSV: names in the header. XES: attribute keys, `case:` before those of the trace
    case = "case:concept:name"
    activity = "concept:name"
    time = "time:timestamp"
    group = "org:group"               # optional, as all that follow
    resource = "org:resource"         # who did it: becomes the step's person
    lifecycle = "lifecycle:transition"  # start and complete become start-step and complete-step, others are left out
    channel = "case:channel"
    start = "case:startdate"          # time of receipt where no row is the receipt
    end = "case:enddate"              # not empty: the case is closed, at this time or its last row, the later
    item = "case:department"

    [tiers]                           # which groups are which tier
    township = ["Group 1", "EMPTY"]
    city = ["Group 3"]
    default = "district"              # every other group
    missing = "here"                  # a row without a group: a tier, or "here", where the case lies (the default)

    [activities]                      # which activities are which acts
    receive = ["Confirmation of receipt"]
    accept = ["T05 Print and send confirmation of receipt"]
    start-step = []
    ignore = []                       # rows that are left out
    default = "complete-step"         # every other activity: complete-step, start-step or ignore
    [activities.steps]                # code of a step; without one it is made from the activity's name
    "T02 Check confirmation of receipt" = "T02"

    [[consultations]]                 # rows that are, beside their step, a question to other bodies, or its answer
    opens = ["T08 Draft and send request for advice"]   # asks all whose answer follows before the next such row
    answers = { "T09-1 Receive external advice" = "fire" }   # the first answer of each counts: activity -> department
    unanswered = "fire"               # who is asked by a row that nobody answers; without it such a row asks nobody.
                                      # The decision of the case does not wait for it, and says so
    question = "…"                    # what is asked, and what is answered: the log has no words for it
    answer = "…"
    days = 7                          # working days to answer in; without it the service's own number

    [departments]                     # names of those that are asked; they are admitted where they are asked
    fire = "…"

    [[suspensions]]                   # rows that, beside their step, stop the time of the case
    begins = ["T20 Print report"]     # before the acceptance there is no time to stop: it stops with the acceptance
    ends = []                         # rows by which time counts again; the decision ends it too. Never two at once
    ground = "hold"                   # one of article 45's, or one that every item here names (suspension_grounds)
    basis = "…"                       # needed for a ground of the items
    expected_days = 30                # working days, as told to the applicant

    [closing]                         # only where no column `end` is named
    last = ["Case closed"]            # cases whose last row is one of these are closed
    default = "open"                  # all others: open or closed

    [channels]                        # channel of the log -> window, online, post, email, internal
    Internet = "online"
    default = "window"

    [[items]]                         # at least one; `values` of the item column, the first item is for all others
    values = ["General"]
    publish = { code = "…", name = "…", … }   # the body of POST /items; the steps that the log has are added

A case goes to a unit by a stable hash of its id over the units of the lowest tier that the map names; the
unit tree says whose district that is. So the same log and map give the same acts, whoever runs them, however often.
"""

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator, model_validator

from contracts.fields import Code, Name, Tier
from services.cli.replay.beside import Asking, Part, Stopping, contradictions

StepAct = Literal["start-step", "complete-step", "ignore"]
RowAct = Literal["receive", "accept", "start-step", "complete-step", "ignore"]
Channel = Literal["window", "online", "post", "email", "internal"]


class MapInvalid(ValueError):
    """The map cannot be used; says which entry and why."""


class Columns(Part):
    case: str
    activity: str
    time: str
    group: str | None = None
    resource: str | None = None
    lifecycle: str | None = None
    channel: str | None = None
    start: str | None = None
    end: str | None = None
    item: str | None = None

    @property
    def named(self) -> tuple[str, ...]:
        return tuple(column for column in self.model_dump().values() if column is not None)


class Tiers(Part):
    default: Tier
    township: frozenset[str] = frozenset()
    district: frozenset[str] = frozenset()
    city: frozenset[str] = frozenset()
    missing: Tier | Literal["here"] = "here"

    def of(self, group: str | None, here: Tier | None) -> Tier:
        """Tier of a row; `here` is the tier where the case lies, None before its first row."""
        if not group:
            return (here or self.default) if self.missing == "here" else self.missing
        if group in self.township:
            return "township"
        if group in self.district:
            return "district"
        return "city" if group in self.city else self.default


class Activities(Part):
    receive: frozenset[str] = frozenset()
    accept: frozenset[str] = frozenset()
    start_step: Annotated[frozenset[str], Field(alias="start-step")] = frozenset()
    ignore: frozenset[str] = frozenset()
    default: StepAct = "complete-step"
    steps: dict[str, str] = Field(default_factory=dict)

    def act(self, activity: str, lifecycle: str | None) -> RowAct:
        if activity in self.ignore:
            return "ignore"
        if lifecycle is not None and lifecycle.lower() not in ("start", "complete", ""):
            return "ignore"
        started = lifecycle is not None and lifecycle.lower() == "start"
        if activity in self.receive:
            return "ignore" if started else "receive"
        if activity in self.accept:
            return "ignore" if started else "accept"
        if started or activity in self.start_step:
            return "start-step"
        return self.default


class Closing(Part):
    last: frozenset[str] = frozenset()
    default: Literal["open", "closed"] = "open"


class Item(Part):
    publish: dict[str, Any]
    values: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """The item's name in the catalogue: its code, in a district's own catalogue `<unit>.<code>`."""
        code, unit = self.publish["code"], self.publish.get("unit")
        return f"{unit}.{code}" if unit else str(code)

    @field_validator("publish")
    @classmethod
    def _has_a_code(cls, body: dict[str, Any]) -> dict[str, Any]:
        if not isinstance(body.get("code"), str):
            raise ValueError("an item needs a code")
        return body


class Map(Part):
    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    columns: Columns
    tiers: Tiers
    items: Annotated[tuple[Item, ...], Field(min_length=1)]
    activities: Activities = Activities()
    consultations: tuple[Asking, ...] = ()
    departments: dict[Code, Name] = Field(default_factory=dict)
    suspensions: tuple[Stopping, ...] = ()
    closing: Closing = Closing()
    channels: dict[str, Channel] = Field(default_factory=dict)
    note: str = ""
    zone: str | None = None
    time_format: str | None = None
    encoding: str = "utf-8-sig"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","

    @field_validator("zone")
    @classmethod
    def _zone_is_known(cls, zone: str | None) -> str | None:
        try:
            return zone and ZoneInfo(zone).key
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"no such time zone: {zone}") from None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        items = [item.publish for item in self.items]
        if wrong := contradictions(self.consultations, self.suspensions, self.departments, items, self._told_as):
            raise ValueError("; ".join(wrong))
        return self

    def _told_as(self, activity: str) -> RowAct:
        return self.activities.act(activity, None)

    def instant(self, text: str) -> datetime:
        """An aware instant. Raises ValueError with the reason when it cannot be read or names no zone."""
        if self.time_format is None:
            try:
                at = datetime.fromisoformat(text)
            except ValueError:
                raise ValueError(f"{text!r} is no ISO 8601 time (the map may give a time_format)") from None
        else:
            at = datetime.strptime(text, self.time_format)  # noqa: DTZ007 - the zone is put in below
        if at.tzinfo is not None:
            return at
        if self.zone is None:
            raise ValueError(f'{text!r} names no time zone and the map gives none (zone = "…")')
        return at.replace(tzinfo=ZoneInfo(self.zone))

    def item(self, value: str | None) -> Item:
        return next((item for item in self.items if value in item.values), self.items[0])

    def channel(self, value: str | None) -> Channel:
        return self.channels.get(value or "", self.channels.get("default", "window"))

    @property
    def lowest(self) -> Tier:
        """The lowest tier that the map can yield; cases are spread over its units."""
        if self.tiers.township or "township" in (self.tiers.default, self.tiers.missing):
            return "township"
        return "district" if self.tiers.district or "district" in (self.tiers.default, self.tiers.missing) else "city"


def load(path: Path) -> Map:
    """The map in a TOML file. Raises MapInvalid with the entry and the reason."""
    try:
        return Map.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise MapInvalid(f"{path}: {error}") from None
    except ValidationError as error:
        reasons = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False))
        raise MapInvalid(f"{path}: " + "; ".join(reasons)) from None
