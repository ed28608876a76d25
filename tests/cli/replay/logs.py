"""Small logs and maps for the tests of replay."""

import tomllib
from pathlib import Path
from typing import Any

from services.cli.replay.mapping import Map
from services.cli.replay.units import Unit, Units

CITY = Unit("340400", "city")
DISTRICT = Unit("340405", "district", "340400")
TOWNSHIP = Unit("340405101", "township", "340405")
UNITS = Units([CITY, DISTRICT, TOWNSHIP])

MAP = """
name = "small"
zone = "Asia/Shanghai"
[columns]
case = "case"
activity = "what"
time = "when"
group = "who"
end = "end"
[tiers]
township = ["window"]
city = ["city"]
default = "district"
[activities]
receive = ["receipt"]
accept = ["accept"]
ignore = ["coffee"]
[[items]]
publish = { code = "small-item", name = "样例" }
"""


def small_map(**changes: Any) -> Map:
    return Map.model_validate(tomllib.loads(MAP) | changes)


def csv_log(folder: Path, *lines: str, header: str = "case,what,when,who,end") -> Path:
    file = folder / "log.csv"
    file.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return file
