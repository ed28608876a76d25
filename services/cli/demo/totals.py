"""The same totals twice: from the portal's own pages, and by the separate script from the file alone."""

import asyncio
import json
import sys
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx

from services.cli.refusing import Cannot
from services.cli.replay.plan import PERSON
from services.cli.replay.run import THERE_AND_BACK
from services.office.law_clock import ACTOR as CLOCK

PAGE = 1000
HEIGHT = ("township", "district", "city")
DOWN = ("handled", "assign_down")


async def from_portal(client: httpx.AsyncClient, base: str, items: Collection[str]) -> dict[str, int]:
    """Counted over all cases of these items that the portal lists. Raises httpx.HTTPError."""
    summary = (await client.get(f"{base}/api/v1/dashboard/summary")).raise_for_status().json()
    tiers = {unit["unit"]: unit["tier"] for unit in summary["units"]}
    cases: list[Mapping[str, Any]] = []
    query: dict[str, str] = {"limit": str(PAGE)}
    while True:
        page = (await client.get(f"{base}/api/v1/dashboard/cases", params=query)).raise_for_status().json()
        cases += (case for case in page["cases"] if case["item"] in items)
        if "next" not in page:
            return count(cases, tiers)
        query["after"] = page["next"]


def count(cases: Iterable[Mapping[str, Any]], tiers: Mapping[str, str]) -> dict[str, int]:
    """What the script counts from the file, from cases as the board has them.

    An activity is the receipt, an acceptance by a person of the log, or a completed step; what the law accepted
    (`deemed`, which the file does not tell) is none. The return that brings the
    result home is no move; custody before it is the case's way.
    """
    found: dict[str, int] = dict.fromkeys(
        ("cases", "activities", "moves_up", "moves_down", "reached_city", "reached_district", "stayed",
         "there_and_back", "closed", "open", "deemed", "consultations_opened", "consultations_answered",
         "suspensions"), 0,
    )  # fmt: skip
    for case in cases:
        brought_home = case["passes"][-1:] == ["deliver_result"]
        way = [tiers[unit] for unit in (case["path"][:-1] if brought_home else case["path"])]
        highest = max(way, key=HEIGHT.index)
        found["cases"] += 1
        found["activities"] += 1 + case["steps"] + (case["accepted_by"] not in (None, PERSON, CLOCK))
        found["deemed"] += case["accepted_by"] == CLOCK
        found["moves_up"] += case["passes"].count("forward_up")
        found["moves_down"] += sum(case["passes"].count(how) for how in DOWN)
        found["reached_city"] += highest == "city"
        found["reached_district"] += highest == "district"
        found["stayed"] += highest == "township"
        found["there_and_back"] += tuple(way) == THERE_AND_BACK
        found["closed"] += case["closed"]
        found["open"] += not case["closed"]
        found["consultations_opened"] += case["consultations"]
        found["consultations_answered"] += case["answers"]
        found["suspensions"] += case["suspensions"]
    return found


async def from_file(script: Path, log: Path) -> dict[str, int]:
    """What the script prints about the log. Raises Cannot."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(script), str(log), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, complained = await process.communicate()
    if process.returncode:
        raise Cannot(f"{script} cannot count {log}:\n{complained.decode(errors='replace')}")
    return json.loads(said)
