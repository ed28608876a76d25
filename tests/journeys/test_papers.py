"""Papers go with the case: two large scans from a township by the district to the city, while a service is down."""

import os

from tests.journeys.clerk import Answer, Clerk
from tests.journeys.places import CITY, DATONG, PENSION, SHANGYAO
from tests.journeys.system import System
from tests.journeys.waiting import until

LARGE = 20 * 1024 * 1024


async def handed_in(clerk: Clerk, scan: bytes) -> str:
    headers = {"Authorization": f"Bearer {clerk.token}", "Content-Type": "application/pdf"}
    sent = await clerk.http.post(f"{clerk.url}/api/v1/papers", content=scan, headers=headers)
    assert sent.status_code == 201, sent.text
    return sent.json()["sha256"]


async def papers(clerk: Clerk, number: str, *, here: int, why: str | None = None) -> Answer:
    """Those of the case, once so many are here and each of the others is away for this reason."""

    async def look() -> Answer:
        return await clerk.get(f"/cases/{number}/papers")

    def fits(seen: Answer) -> bool:
        away = [one["why"] for one in seen.body.get("papers", ()) if not one["here"]]
        return seen.done and seen.body["here"] == here and all(one == why for one in away)

    return await until(look, fits, 90)


async def opened(clerk: Clerk, number: str, digest: str) -> bytes:
    headers = {"Authorization": f"Bearer {clerk.token}"}
    url = f"{clerk.url}/api/v1/cases/{number}/papers/{digest}"
    found = await clerk.http.get(url, params={"reason": "handling"}, headers=headers)
    assert found.status_code == 200, found.text
    return found.content


async def test_two_scans_of_twenty_megabytes_go_with_their_case_from_the_township_to_the_city(system: System) -> None:
    township, district, city = system.clerk(SHANGYAO), system.clerk(DATONG), system.clerk(CITY)
    scans = [b"%PDF-1.7\n" + os.urandom(LARGE) for _ in range(2)]
    digests = [await handed_in(township, scan) for scan in scans]
    materials = [
        {"kind": kind, "form": "copy", "sha256": digest}
        for kind, digest in zip(("identity", "photo"), digests, strict=True)
    ]
    number = (await township.receive(PENSION, materials=materials)).number
    await papers(township, number, here=2)

    # The district learns of the case while the township's service is down.
    await system.stop("district")
    assert (await township.act(number, "refer", to=DATONG, kind="forward_up", reason="route")).done
    await system.stop("township")
    await system.start("district")
    await district.arrived(number)
    seen = await papers(district, number, here=0, why="unreachable")
    assert seen.body["named"] == 2
    away = await district.get(f"/cases/{number}/papers/{digests[0]}", reason="handling")
    assert (away.status, away.code) == (404, "paper_away")
    await system.start("township")
    await papers(district, number, here=2)

    assert (await district.act(number, "acknowledge")).done
    refer = {"to": CITY, "kind": "preliminary_review", "reason": "route", "opinion": "同意上报"}
    for act, body in (
        ("accept", {}),
        ("start-step", {"step": "review", "persons": ["A01"]}),
        ("complete-step", {"step": "review", "outcome": "passed"}),
        ("refer", refer),
    ):
        done = await district.act(number, act, **body)
        assert done.done, done.body
    await city.arrived(number)
    await papers(city, number, here=2)
    assert [await opened(city, number, digest) for digest in digests] == scans
