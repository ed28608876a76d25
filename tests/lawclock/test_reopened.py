"""What lists show of a case that was asked about, ended, and opened again is what its fold says."""

from pathlib import Path
from typing import Any

from contracts.reference import DepartmentAdmitted
from services.casework.case import Case
from tests.lawclock.office import Office, office
from tests.office.story import FIRE, TOWNSHIP

COURT = {"ground": "court", "document": "D-1"}


async def listed(here: Office, number: str) -> dict[str, Any]:
    found = await here.log.pool.fetchrow(
        "select phase, outcome, closed, clock, closed_at, asked from cases where stream = $1", number
    )
    assert found is not None
    return dict(found)


def agrees(row: dict[str, Any], case: Case) -> bool:
    return (row["phase"], row["clock"], row["closed"]) == (case.phase.value, case.clock.value, case.ending is not None)


async def test_an_accepted_case_is_accepted_again_and_asks_nobody(database: str, tmp_path: Path) -> None:
    async with office(database, tmp_path, "2026-03-02 09:00") as here:
        await here.publish(
            f"department/{TOWNSHIP}.{FIRE}", DepartmentAdmitted(unit=TOWNSHIP, code=FIRE, name="fire brigade")
        )
        number = await here.receive()
        await here.act(number, "accept")
        await here.act(number, "suspend", ground="hearing", expected_days=5, notice="N-1")
        for consultation in ("C-1", "C-2"):
            asked = {"consultation": consultation, "department": FIRE, "question": "?"}
            await here.act(number, "open_consultation", **asked)
        assert (await listed(here, number))["asked"] == [f"{TOWNSHIP}/C-1", f"{TOWNSHIP}/C-2"]
        await here.act(number, "answer_consultation", consultation="C-1", answer="!")
        assert (await listed(here, number))["asked"] == [f"{TOWNSHIP}/C-2"]
        case = await here.act(number, "decide", outcome="granted", without_answer="urgent")
        assert (await listed(here, number))["asked"] == []
        case = await here.act(number, "conclude", outcome="issued")
        assert agrees(await listed(here, number), case)
        case = await here.act(number, "reopen", **COURT)
        row = await listed(here, number)
        assert agrees(row, case)
        assert (row["phase"], row["clock"], row["outcome"], row["closed_at"]) == ("accepted", "running", None, None)


async def test_a_case_that_was_never_accepted_is_received_again(database: str, tmp_path: Path) -> None:
    async with office(database, tmp_path, "2026-03-02 09:00") as here:
        number = await here.receive()
        await here.act(number, "withdraw")
        case = await here.act(number, "reopen", **COURT)
        row = await listed(here, number)
        assert agrees(row, case)
        assert (row["phase"], row["clock"]) == ("received", "not_started")
        # The time to tell what is missing begins anew; when it is over, the law has accepted it.
        assert (await here.tick("2026-03-10 00:00"))[0] == "CaseAccepted"
