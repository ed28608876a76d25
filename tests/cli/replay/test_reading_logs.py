import gzip
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.cli.replay.logs import LogInvalid, Trace, traces
from services.cli.replay.mapping import Map, MapInvalid, load
from tests.cli.replay.logs import MAP, csv_log, small_map

XES = """<?xml version="1.0" encoding="UTF-8"?>
<log xmlns="http://www.xes-standard.org/">
  <global scope="event"><string key="concept:name" value="none"/></global>
  <trace>
    <string key="concept:name" value="A"/>
    <event><string key="concept:name" value="work"/><date key="time:timestamp" value="2011-01-02T08:00:00+01:00"/>
      <string key="org:group" value="city"><string key="nested" value="no"/></string></event>
    <event><string key="concept:name" value="receipt"/>
      <date key="time:timestamp" value="2011-01-01T08:00:00.5Z"/></event>
  </trace>
  <trace><string key="concept:name" value="empty"/></trace>
</log>
"""
XES_MAP = {
    "columns": {
        "case": "case:concept:name",
        "activity": "concept:name",
        "time": "time:timestamp",
        "group": "org:group",
    }
}


def read(file: Path, map: Map | None = None) -> Sequence[Trace]:
    return list(traces(file, map or small_map()))


def test_rows_of_a_case_are_put_in_the_order_of_time_and_ties_stay_in_the_files_order(tmp_path: Path) -> None:
    file = csv_log(
        tmp_path,
        "B,second,2011-01-03 08:00,window,",
        "A,third,2011-01-02 09:00,city,",
        "A,first,2011-01-02 08:00,window,2011-01-09",
        "A,second,2011-01-02 08:00,window,",
    )
    a, b = read(file)
    assert (a.case, [row.activity for row in a.rows]) == ("A", ["first", "second", "third"])
    assert b.case == "B"
    assert a.rows[0].at.astimezone(UTC) == datetime(2011, 1, 2, 0, 0, tzinfo=UTC), "the map's zone is Asia/Shanghai"
    assert (a.end is None, b.end) == (False, None)


@pytest.mark.parametrize("packed", [False, True])
def test_xes_is_read_plain_or_packed_with_the_attributes_of_trace_and_event(tmp_path: Path, packed: bool) -> None:
    file = tmp_path / "log"
    file.write_bytes(gzip.compress(XES.encode()) if packed else XES.encode())
    (trace,) = read(file, small_map(**XES_MAP))
    assert [(row.activity, row.group) for row in trace.rows] == [("receipt", None), ("work", "city")]
    assert trace.rows[0].at == datetime(2011, 1, 1, 8, 0, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["A,work,yesterday,window,"], "line 2: 'yesterday' is no ISO 8601 time"),
        (["A,work,2011-01-01,window,", ",work,2011-01-01,window,"], "line 3: case is empty"),
        (["A,,2011-01-01,window,"], "line 2: what is empty"),
        (["A,work,2011-01-01"], "line 2: 5 fields expected"),
        (["A,work,2011-01-01,window,,more"], "line 2: 5 fields expected"),
        (["A,work,2011-01-01,window,soon"], "line 2: 'soon' is no ISO 8601 time"),
    ],
)
def test_a_bad_row_is_told_with_its_line(tmp_path: Path, lines: list[str], said: str) -> None:
    with pytest.raises(LogInvalid, match=said):
        read(csv_log(tmp_path, *lines))


def test_a_header_that_lacks_a_mapped_column_is_told_with_what_it_has(tmp_path: Path) -> None:
    with pytest.raises(LogInvalid, match="line 1: the header lacks who, end; it has case, what, when"):
        read(csv_log(tmp_path, header="case,what,when"))


def test_a_time_without_a_zone_needs_one_from_the_map(tmp_path: Path) -> None:
    with pytest.raises(LogInvalid, match="names no time zone"):
        read(csv_log(tmp_path, "A,work,2011-01-01 08:00,window,"), small_map(zone=None))


def test_times_of_another_form_are_read_by_the_maps_format(tmp_path: Path) -> None:
    (trace,) = read(csv_log(tmp_path, "A,work,31.12.2010 23:30,window,"), small_map(time_format="%d.%m.%Y %H:%M"))
    assert trace.rows[0].at.astimezone(UTC) == datetime(2010, 12, 31, 15, 30, tzinfo=UTC)


def test_bad_xes_is_told_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "log.xes"
    file.write_text(XES.replace("2011-01-02T08:00:00+01:00", "late"), encoding="utf-8")
    with pytest.raises(LogInvalid, match=r"trace 1 \(A\), event 1: 'late'"):
        read(file, small_map(**XES_MAP))
    file.write_text(XES.replace("empty", "A").replace("</log>", ""), encoding="utf-8")
    with pytest.raises(LogInvalid, match="trace 2: the case A was there before"):
        read(file, small_map(**XES_MAP))
    file.write_text(XES.replace("</log>", ""), encoding="utf-8")
    with pytest.raises(LogInvalid, match="line 13"):
        read(file, small_map(**XES_MAP))


def test_a_damaged_gzip_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "log.gz"
    file.write_bytes(gzip.compress(XES.encode())[:-30])
    with pytest.raises(LogInvalid, match="damaged"):
        read(file, small_map(**XES_MAP))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('default = "district"', 'default = "county"', "tiers.default"),
        ('zone = "Asia/Shanghai"', 'zone = "Asia/Huainan"', "no such time zone"),
        ('name = "small"', 'name = "small"\ncolour = 1', "colour"),
        ('name = "small"', "name = ", "Invalid value"),
        ("code = ", "kode = ", "an item needs a code"),
    ],
)
def test_a_map_that_cannot_be_used_says_which_entry(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = tmp_path / "map.toml"
    file.write_text(MAP.replace(old, new), encoding="utf-8")
    with pytest.raises(MapInvalid, match=said):
        load(file)
