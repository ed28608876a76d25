"""The data that `make demo` shows: the catalogue and the totals the replay must arrive at."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from contracts.reference import ItemPublished

DATA = Path(__file__).parents[2] / "deploy" / "data"
ITEMS: list[dict[str, Any]] = json.loads((DATA / "items.json").read_text(encoding="utf-8"))
NAMED_BY_THE_REPORT = {
    "出生证",
    "光荣证",
    "二孩审批",
    "养老保险金审批",
    "养老保险卡",
    "营业执照",
    "组织机构代码证",
    "国税登记证",
    "地税登记证",
}


@pytest.mark.parametrize("item", ITEMS, ids=[item["code"] for item in ITEMS])
def test_every_item_can_be_published(item: dict[str, Any]) -> None:
    published = ItemPublished.model_validate_json(json.dumps(item))
    points = {point.tier for point in published.points}
    assert published.committed_days <= published.statutory_days
    assert {published.route.receives, published.route.decides, *published.decidable_on} <= points
    assert sum(step.days or 0 for step in published.steps) == published.committed_days
    assert set(published.illustrative) <= set(item), "an illustrative field that the item does not have"
    assert all(re.fullmatch(r"《.+》(（.+）)?(第.+条)*", basis) for basis in published.legal_basis)
    assert not published.fee or published.fee_basis


def test_the_catalogue_has_at_least_forty_items_and_those_the_report_names() -> None:
    assert len(ITEMS) >= 40
    assert max(Counter((item["code"], item.get("unit")) for item in ITEMS).values()) == 1
    names = [item["name"] for item in ITEMS]
    assert set(names) >= NAMED_BY_THE_REPORT
    assert sum(name.startswith("一书两证") for name in names) == 3


def test_the_receipt_log_counts_to_the_totals_the_demonstration_promises() -> None:
    out = subprocess.run([sys.executable, "-I", DATA / "receipt_totals.py"], check=True, capture_output=True, text=True)
    assert json.loads(out.stdout) == {
        "cases": 1434,
        "activities": 8577,
        "moves_up": 2478,
        "moves_down": 2197,
        "reached_city": 1111,
        "reached_district": 143,
        "stayed": 180,
        "there_and_back": 619,
        "closed": 1329,
        "open": 105,
        "consultations_opened": 21,
        "consultations_answered": 21,
        "suspensions": 20,
    }
