"""What a citizen says of themselves and what a clerk types lie sealed: no topic, no log and no table tells of them."""

import base64
import json
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from contracts.topics import Topics
from services.runtime.kafka_link import KafkaLink
from services.runtime.kafka_topics import dead_letters, ensure_topics
from tests.journeys.clerk import Body, receipt
from tests.journeys.fitting import done, known, ordered
from tests.journeys.fitting_dossier import ASKED, body_at, history
from tests.journeys.personal import VAULT, Search
from tests.journeys.places import CITY, DATONG, PENSION, SHANGYAO
from tests.journeys.system import System
from tests.journeys.waiting import until

PEOPLE: list[Body] = [
    {
        "name": "欧阳震华霁",
        "document_kind": "resident_id",
        "document_number": "34040519771231987X",
        "phone": "13955443322",
        "address": "淮南市大通区上窑镇桂花里七十七号",
    },
    {
        "name": "Zygmunt Brzęczyszczykiewicz",
        "document_kind": "passport",
        "document_number": "EK7766554",
        "phone": "+48 601 772 993",
        "address": "ul. Świętokrzyska 31",
    },
]
NOTES = ("请带户口本与妹妹霁月同来", "意见：霁月之父已迁出", "缺霁月近照一张", "送达霁月之母手中", "霁月证件号复核无误")
ASIDE = ("霁月的住址可信吗？", "霁月确在该处居住", "霁月之母当场陈述", "霁月家为低保户", "霁月应写作霁悦")
"""Question, answer, what parties said, why a fee is waived, a correction."""
ACCOUNT = ("霁月的申请为何拖延？", "霁月昨日才交齐材料")
"""What a superior wants to know, and what it is told."""


CODES: list[str] = []
"""The query codes that were brought."""


def texts() -> set[str]:
    """What must be found nowhere."""
    codes = {form for code in CODES for form in (code, code.replace("-", ""))}
    said = {str(value) for person in PEOPLE for name, value in person.items() if name != "document_kind"}
    return said | codes | set(NOTES) | set(ASIDE) | set(ACCOUNT)


async def travelled(system: System, person: Body) -> str:
    """A case with a note at every act that takes one, up and down and to its end; and papers refused on the way."""
    township, district, city = (system.clerk(unit) for unit in (SHANGYAO, DATONG, CITY))
    taken = await township.receive(applicant=person)
    number = taken.number
    await done(township, number, "refer", to=DATONG, kind="forward_up", reason="route", opinion=NOTES[0])
    await district.arrived(number)
    await done(district, number, "refuse", ground="papers_incomplete", note=NOTES[2])
    await township.arrived(number)
    await done(township, number, "accept")
    await done(township, number, "complete-step", step="review", outcome="passed", note=NOTES[4])
    await done(township, number, "refer", to=CITY, kind="preliminary_review", reason="route", opinion=NOTES[1])
    await city.arrived(number)
    await done(city, number, "acknowledge")
    await done(city, number, "decide", outcome="granted")
    await done(city, number, "conclude", outcome="issued")
    await done(city, number, "return", to=SHANGYAO, purpose="deliver_result", note=NOTES[3])
    await township.arrived(number)
    await done(township, number, "deliver", how="window", to_whom=person["name"])
    await tracked(system, number, taken.body["query_code"])
    return number


async def tracked(system: System, number: str, code: str, *asks: str) -> None:
    """The citizen reads the case, at the portal, and asks what may be asked. Who may ask is proven by the code, and the
    code lies nowhere either."""
    CODES.append(code)
    await until(lambda: known(system.services["portal"].dsn, number), bool, 120)
    for path in ("track", *asks):
        url = f"{system.services['portal'].url}/api/v1/{path}"
        headers = {"Idempotency-Key": f"{number}-{path}"}
        found = await system.http.post(url, json={"number": number, "code": code}, headers=headers)
        assert found.status_code == 200, found.text


async def refused(system: System, person: Body) -> None:
    """What is refused is told of in answers and logs; those may repeat nothing either."""
    township = system.clerk(SHANGYAO)
    taken = await township.receive(PENSION, applicant=person)
    number = taken.number
    await tracked(system, number, taken.body["query_code"], "track/urge", "track/withdraw")
    wanted = [{"kind": kind, "reason": "missing"} for kind in ("identity", "photo")]
    await done(township, number, "request-supplement", items=wanted, note=NOTES[2])
    await done(township, number, "terminate", ground="applicant_gone", note=NOTES[0])
    for body in (
        {**receipt(applicant=person), "unheard_of": person["name"]},
        receipt(applicant={**person, "phone": [person["phone"]]}),
        receipt(item="unheard-of", applicant=person),
        receipt(applicant={**person, "name": person["name"] * 200}),
        {**receipt(applicant=person), "channel": person["document_number"]},
    ):
        answer = await township.post("/cases", body)
        assert answer.status == 422
        assert not [text for text in texts() if text in json.dumps(answer.body, ensure_ascii=False)], answer.body
    again = await township.post(f"/cases/{number}/deliver", {"how": "window", "to_whom": person["name"]}, "one-key")
    assert again.done
    other = await township.post(f"/cases/{number}/deliver", {"how": "post", "to_whom": person["name"]}, "one-key")
    assert other.code == "key_reused"


async def asked_and_heard(system: System, person: Body) -> None:
    """What bodies say to each other, what parties say, and what is set right."""
    district, city = system.clerk(DATONG), system.clerk(CITY)
    await body_at(system, CITY, known_at=DATONG)
    number = (await district.receive(PENSION, applicant=person)).number
    await done(district, number, "accept")
    await done(district, number, "hear-parties", parties=1, note=ASIDE[2])
    await done(district, number, "assess-fee")
    await done(district, number, "waive-fee", amount=1000, basis=ASIDE[3])
    receipt = (await history(district, number))[0]
    body = {"of": receipt["hash"], "field": "applicant", "value": ASIDE[4], "ground": "misspelt"}
    await done(district, number, "correct", **body)
    await done(district, number, "open-consultation", **{**ASKED, "question": ASIDE[0], "unit": CITY})
    await until(lambda: city.case(number), lambda answer: answer.done)
    await done(city, number, "submit-consultation-answer", consultation="C-1", answer=ASIDE[1])
    await until(lambda: district.case(number), lambda answer: not answer.case["consultations"])


async def accounted_for(system: System, number: str) -> None:
    """The city, which had the case, orders the township to account for it."""
    township = system.clerk(SHANGYAO)
    body = {"to": SHANGYAO, "reason": "overdue", "days": 3, "text": ACCOUNT[0]}
    await done(system.clerk(CITY, "supervisor"), number, "order-supervision", **body)
    order = await ordered(township, number)
    await done(township, number, "submit-supervision-answer", order=order, answer=ACCOUNT[1])


async def searched(system: System, wanted: set[str]) -> Search:
    search = Search(wanted)
    await search.topics(system.stack.kafka.bootstrap(), system.prefix)
    for service in system.services.values():
        search.log(service.log)
        await search.database(service.name, service.dsn)
    return search


@pytest.mark.timeout(600)
async def test_no_topic_log_or_table_tells_of_an_applicant(system: System) -> None:
    numbers = [await travelled(system, person) for person in PEOPLE]
    await refused(system, PEOPLE[0])
    await asked_and_heard(system, PEOPLE[1])
    await accounted_for(system, numbers[0])
    await system.at_rest()
    search = await searched(system, texts())
    print(f"\nvalues looked at: {search.seen}")
    assert search.found == []
    assert min(search.seen[kind] for kind in ("topic", "log", "table")) > 50
    # The search reaches the records of these very cases, in topics and tables.
    there = await searched(system, set(numbers))
    assert {place.split(" ")[0] for place, _ in there.found} >= {"topic", "table"}


async def test_the_search_finds_what_is_planted(system: System, tmp_path: Path) -> None:
    secret = "诸葛霁云"
    packed = base64.urlsafe_b64encode(base64.b64encode(json.dumps({"name": secret}).encode())).rstrip(b"=")
    topic = Topics(system.prefix).deadletter("planted")
    kafka = system.stack.kafka.bootstrap()
    await ensure_topics(KafkaLink(kafka), [dead_letters(Topics(system.prefix), "planted")])
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        await producer.send_and_wait(topic, b"{}", headers=[("why", secret.encode())])
        await producer.send_and_wait(topic, packed)
    (tmp_path / "service.log").write_bytes(b'{"error": "' + json.dumps(secret).encode() + b'"}\n')
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(system.services["city"].dsn)
    try:
        await connection.execute("create schema planted")
        await connection.execute("create table planted.one (a jsonb, b bytea, c text[])")
        await connection.execute(
            "insert into planted.one values ($1, $2, $3)",
            json.dumps({"x": secret}),
            secret.encode("gb18030") + b"\xff",
            [secret, "other"],
        )
        search = Search({secret})
        await search.topics(kafka, system.prefix)
        search.log(tmp_path / "service.log")
        await search.database("city", system.services["city"].dsn)
    finally:
        await connection.execute("drop schema if exists planted cascade")
        await connection.close()
    places = sorted(place for place, _ in search.found)
    assert [place.rpartition(".")[2] for place in places if place.startswith("table")] == ["a", "b", "c"]
    assert len({place for place in places if place.startswith("topic")}) == 2
    assert [place for place in places if place.startswith("log")] == ["log service.log:1"]


async def test_only_the_vault_is_left_out_of_the_search(system: System) -> None:
    for service in system.services.values():
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(service.dsn)
        try:
            names = {
                row["relname"] for row in await connection.fetch("select relname from pg_class where relkind = 'r'")
            }
        finally:
            await connection.close()
        assert {name for name in names if name.startswith("vault_")} == VAULT
