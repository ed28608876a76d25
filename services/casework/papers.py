"""The papers of a case: whatever its events name by a digest."""

from typing import Literal, NamedTuple

from services.casework.case import Case

PaperKind = Literal["material", "notice", "certificate", "record"]


class Named(NamedTuple):
    """`name`: kind of the material, number of the notice or certificate; a hearing's record has none. `digest`:
    SHA-256 in hex."""

    kind: PaperKind
    name: str
    digest: str


def papers(case: Case) -> tuple[Named, ...]:
    """In the order in which they came, those of each kind together; one that is named twice stands here twice."""
    dossier = case.dossier
    found = [Named("material", one.kind, one.sha256) for one in case.materials if one.sha256 is not None]
    found += [Named("notice", one.number, one.digest) for one in dossier.notices]
    found += [Named("certificate", one.number, one.digest) for one in dossier.certificates]
    if dossier.hearing is not None and dossier.hearing.record is not None:
        found.append(Named("record", "", dossier.hearing.record))
    return tuple(found)
