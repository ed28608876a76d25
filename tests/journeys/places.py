"""The units and items of the tests' Huainan: one city, two districts, five townships."""

from typing import Any

from services.runtime.keys import PublicKeys

CITY = "340400"
DATONG, TIANJIAAN = "340402", "340403"
SHANGYAO, LUOHE = "340402100", "340402101"
SHUNGENG, ANCHENG = "340403100", "340403101"
FAR, FARTHER = "340403102", "340403103"
"""Townships whose services are run by nobody here: a test may speak in their names."""
HOSTED = {
    "city": (CITY,),
    "district": (DATONG, TIANJIAAN),
    "township": (SHANGYAO, LUOHE, SHUNGENG, ANCHENG),
}
UNITS = (*(unit for units in HOSTED.values() for unit in units), FAR, FARTHER)

REGISTRATION = "registration"
"""May be received, accepted and decided on every tier; nothing is required."""
PENSION = "pension"
"""As REGISTRATION, with two materials that an applicant must bring, and a fee of ten yuan."""

CIVIL = "civil"
"""The department of all items."""
_ANYWHERE: dict[str, Any] = {
    "department": CIVIL,
    "type": "committed",
    "tier": "city",
    "points": [{"tier": tier, "role": "entrusted"} for tier in HOSTED],
    "route": {"receives": "township", "decides": "city"},
    "decidable_on": list(HOSTED),
    "legal_basis": ["《中华人民共和国行政许可法》"],
    "statutory_days": 20,
    "committed_days": 10,
    "steps": [{"code": "review", "name": "审查"}, {"code": "sign", "name": "签发"}],
}
ITEMS: tuple[dict[str, Any], ...] = (
    {**_ANYWHERE, "code": REGISTRATION, "name": "登记"},
    {
        **_ANYWHERE,
        "code": PENSION,
        "name": "养老保险",
        "fee": 1000,
        "fee_basis": "皖价费〔2014〕1号",
        "materials": [
            {"kind": "identity", "name": "居民身份证", "form": "copy"},
            {"kind": "photo", "name": "近期免冠照片", "form": "original"},
        ],
    },
)


def tier_of(unit: str) -> str:
    """The tier of the service that hosts this unit."""
    return next(tier for tier, units in HOSTED.items() if unit in units)


def opened(unit: str, keys: PublicKeys) -> dict[str, Any]:
    """The body of POST /units."""
    tier = "city" if unit == CITY else "district" if len(unit) == 6 else "township"
    parent = {} if tier == "city" else {"parent": CITY if tier == "district" else unit[:6]}
    named = {"code": unit, "name": f"服务点{unit}", "tier": tier}
    return {**named, "sealing_key": keys.sealing, "anchor_key": keys.anchor, **parent}
