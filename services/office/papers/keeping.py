"""The papers of cases at this service: which are here, and those that are opened."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from services.casework.case import Case
from services.casework.papers import Named, papers
from services.office.cases import Cases
from services.office.papers.wanting import statement
from services.office.refusing import TextsUnreadable
from services.runtime.paper_store import PaperAway, PaperStore
from services.runtime.sealing import CannotOpen

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool


class Lying(NamedTuple):
    """A paper of a case. `why`: it did not come at the last try; None while it is here or was not looked for yet."""

    paper: Named
    here: bool
    why: str | None


class Papers:
    """Of one tier service."""

    def __init__(self, pool: "Pool[Record]", cases: Cases, store: PaperStore) -> None:
        self._pool = pool
        self._cases = cases
        self._store = store

    async def want(self, stream: str, digests: Iterable[str]) -> None:
        """Look for these papers of a case from now on, unless they are here or looked for already."""
        if named := list(dict.fromkeys(digests)):
            await self._pool.execute(statement("paper_wanted"), [stream] * len(named), named)

    async def keep(self, stream: str, content: bytes) -> str:
        """Keep a paper that was made here; its SHA-256 in hex. Raises NoKey."""
        digest = await self._store.put(stream, await self._cases.case_key(stream), content)
        await self._pool.execute(statement("paper_here"), stream, digest)
        return digest

    async def lying(self, case: Case) -> Sequence[Lying]:
        """Each of the case's papers once, and whether it is here. One that was not looked for yet is from now on: a
        unit that is consulted or assumes custody learns of the papers by looking at the case."""
        named = list({one.digest: one for one in reversed(papers(case))}.values())[::-1]
        if not named:
            return ()
        known = {row["digest"]: row for row in await self._pool.fetch(statement("papers_of_case"), case.number)}
        await self.want(case.number, (one.digest for one in named if one.digest not in known))
        return [_lying(one, known.get(one.digest)) for one in named]

    async def content(self, stream: str, digest: str) -> bytes:
        """The paper, opened. Raises PaperAway, and looks for it from now on; NoKey; TextsUnreadable for a spoilt
        file."""
        try:
            return await self._store.get(stream, await self._cases.case_key(stream), digest)
        except CannotOpen:
            raise TextsUnreadable(stream) from None
        except PaperAway:
            await self.want(stream, [digest])
            await self._pool.execute(statement("paper_lost"), stream, digest)
            raise


def _lying(paper: Named, row: "Record | None") -> Lying:
    return Lying(paper, bool(row and row["here"]), row["why"] if row else None)
