"""What the demonstration waits for at its end: query codes come to the portal long after all else is at rest."""

from pathlib import Path

from services.cli.demo.places import PORTAL, Place
from services.cli.demo.rest import codes_told
from tests.runtime.logs import HERE, THERE, draft, number, rows
from tests.runtime.relays import office, receive, received

PATIENCE = 60.0


async def test_every_receipt_is_waited_for_until_the_portal_was_told_of_its_code(
    database: str, bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    async with office(database, bootstrap, topic_prefix, tmp_path) as here:
        await here.make_topics()
        for n in range(20):
            await receive(here, number(n), bytes(32))
        # A copy of what another office received is told by that office.
        await here.log.append(
            draft(rows(number(1, THERE), [received(number(1, THERE), bytes(32))], unit=THERE), topic=None)
        )
        heard: list[tuple[int, int]] = []

        def hear(done: int, every: int) -> None:
            heard.append((done, every))

        # The portal's database is none that this would find: nothing is asked there.
        places = [Place("township", (HERE,), 0, database), Place(PORTAL, (PORTAL,), 0, "postgresql://nowhere")]
        assert await codes_told(places, 0, hear) == 20
        assert heard == [(0, 20)]
        async with here.relaying():
            assert await codes_told(places, PATIENCE, hear) == 0
        assert heard[-1] == (20, 20)
        made = await here.pool.fetchval("select count(*) from vault_citizen where made_at is not null")
        assert made == 20
        assert await codes_told(places, PATIENCE, hear) == 0
        assert heard[-1] == (0, 0)
