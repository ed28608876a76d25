"""`python -m tests.folds --record EXPORT` takes the histories of a portal's export; `--accept` makes what the code
gives now the standard, once the change list has gone into CHANGELOG.md."""

import argparse
from pathlib import Path

from tests.folds.folding import CHANGES, FOLDED, RECORDED, folds, lines, recorded, write

EMPTY = "# What the code makes of a recorded history otherwise than before, on purpose: field, cases, why.\n"

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--record", type=Path, metavar="EXPORT")
parser.add_argument("--accept", action="store_true")
asked = parser.parse_args()
if asked.record:
    write(RECORDED, recorded(asked.record))
if asked.accept:
    write(FOLDED, ({"case": number, **fields} for number, fields in folds(lines(RECORDED))))
    CHANGES.write_text(EMPTY, encoding="utf-8")
