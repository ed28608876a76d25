"""The pages: without a script, in two languages, under headers that let nothing foreign in."""

import httpx
import pytest

from tests.portal.conftest import NOTICE, Portal
from tests.portal.histories import History, receipt_log
from tests.portal.test_tracking import CODE, NUMBER, OTHER, case

__all__ = ["case"]


async def track(http: httpx.AsyncClient, code: str, number: str = NUMBER, **query: str) -> httpx.Response:
    return await http.post("/track", data={"number": number, "code": code}, params=query)


async def test_the_form_shows_the_case_and_never_the_code(http: httpx.AsyncClient, case: History) -> None:
    answer = await track(http, CODE, f" {NUMBER.replace('-', '－')} ")
    assert answer.status_code == 200
    assert "已受理您的申请。" in answer.text
    assert "身份证复印件请双面复印。" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    for said in (answer, await track(http, OTHER)):
        assert CODE not in said.text
        assert OTHER not in said.text


@pytest.mark.parametrize(
    ("number", "code", "status", "says"),
    [
        (NUMBER, OTHER, 403, "办件编号与查询码不符"),
        ("340405101-20261119-9999", CODE, 403, "办件编号与查询码不符"),
        ("hello", CODE, 422, "由数字和两个连字符组成"),
        ("\0", "\0", 422, "由数字和两个连字符组成"),
    ],
)
async def test_what_went_wrong_is_said_with_what_to_do(
    http: httpx.AsyncClient, case: History, number: str, code: str, status: int, says: str
) -> None:
    answer = await track(http, code, number)
    assert answer.status_code == status
    assert says in answer.text
    assert 'role="alert"' in answer.text


async def test_a_form_that_is_none_is_refused(http: httpx.AsyncClient) -> None:
    assert (await http.post("/track", json={})).status_code == 415
    assert (await http.post("/track", data={"number": "1" * 5000})).status_code == 413
    assert (await http.post("/track", data={f"f{n}": "1" for n in range(30)})).status_code == 400


@pytest.mark.parametrize("path", ["/", "/board", "/track", "/api/v1/dashboard/summary", "/static/sanji.css", "/none"])
async def test_every_answer_lets_a_browser_run_nothing_foreign(http: httpx.AsyncClient, path: str) -> None:
    headers = (await http.get(path)).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


async def test_no_page_carries_a_script_or_style_of_its_own(portal: Portal, http: httpx.AsyncClient) -> None:
    await portal.add(*receipt_log(portal.book, 5))
    for path in ("/", "/track"):
        page = (await http.get(path)).text
        assert "<script>" not in page
        assert "style=" not in page
        assert "<style" not in page
        assert "http://" not in page
        assert "https://" not in page


async def test_chinese_comes_first_and_english_when_asked(http: httpx.AsyncClient) -> None:
    async def language(asked: str = "", accepts: str | None = None) -> str:
        headers = {"accept-language": accepts} if accepts is not None else {"accept-language": ""}
        return (await http.get(f"/track{asked}", headers=headers)).headers["content-language"]

    assert await language() == "zh-Hans"
    assert await language(accepts="de-DE,de;q=0.9") == "zh-Hans"
    assert await language(accepts="en-GB,en;q=0.9,zh;q=0.5") == "en"
    assert await language(accepts="zh-CN,en;q=0.9") == "zh-Hans"
    assert await language(accepts="en;q=0, zh;q=x, ;;;,") == "zh-Hans"
    assert await language("?lang=en", "zh-CN") == "en"
    assert await language("?lang=xx", "en") == "en"
    page = (await http.get("/track?lang=en")).text
    assert 'href="/?lang=en"' in page, "a link keeps the language that was asked for"


async def test_the_notice_about_the_data_stands_under_the_board(http: httpx.AsyncClient) -> None:
    assert NOTICE in (await http.get("/")).text
