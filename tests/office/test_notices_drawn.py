"""Notices are printed as PDF."""

import re
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
import segno

from services.office.notices.drawing import NAMES, CannotDraw, NoGlyph, draw

LETTERS = sorted(NAMES - {"receipt", "receipt_80mm", "delivery"})
MARKUP = '#panic("x") *a* _b_ $c^2$ \\ @d <e> "f" \'g\' // /* `h` [i] {j} ~ -- --- ... = k https://l.cn/m #image("n")'


# Parentheses in a string of a PDF are escaped, or balanced: here up to eight deep.
_NESTED = rb"\((?:[^()\\]|\\.)*\)"
for _ in range(8):
    _NESTED = rb"\((?:[^()\\]|\\.|" + _NESTED + rb")*\)"
STRING = rb"(" + _NESTED + rb"|<[0-9A-F]+>)"


def code() -> str:
    drawn = BytesIO()
    segno.make("https://example.gov.cn/track?code=K7QF29XM", error="m").save(drawn, kind="svg", xmldecl=False, border=0)
    return drawn.getvalue().decode()


TOLD: dict[str, object] = {
    "number": "340405101-2026-0001",
    "issued_on": "2026-11-28",
    "unit": "山王镇便民服务中心",
    "seal": "3404050012345",
    "case": "340405101-20261122-0017",
    "item": "食品经营许可",
    "applicant": "王小明",
    "received_on": "2026-11-22",
    "received_at_unit": "妙山村便民服务点",
    "channel": "窗口",
    "materials": [{"name": "申请书", "form": "原件"}, {"name": "营业执照", "form": "复印件"}],
    "missing": [{"name": "场所使用证明", "note": "须在有效期内。"}],
    "code": "K7QF29XM",
    "track": "https://example.gov.cn/track",
    "qr": code(),
    "due": "2026-12-18",
    "phone": "0554-1234567",
    "told_on": "2026-11-25",
    "accepted_on": "2026-11-26",
    "deemed": False,
    "statutory_due": "2026-12-24",
    "committed_due": "2026-12-10",
    "statutory": "20个工作日",
    "committed": "10个工作日",
    "ground": "经营场所不符合规定",
    "note": "可以向区市场监督管理局提出申请",
    "days": "10",
    "until": "2027-01-08",
    "approved_by": "本机关负责人",
    "since": "2026-12-01",
    "expected": "15",
    "decided_on": "2026-11-27",
    "decided_by": "审批科",
    "conditions": "仅限预包装食品销售",
    "delivered_on": "2026-11-28",
    "way": "直接送达",
    "papers": ["准予行政许可决定书", "食品经营许可证"],
}


class Printed:
    """What a reader of the PDF gets: its pages' sizes in points, and the text of each without blanks, in the order
    in which it is drawn."""

    def __init__(self, pdf: bytes) -> None:
        self._objects = {
            int(found[1]): found[2] for found in re.finditer(rb"(\d+) 0 obj\s(.*?)\sendobj", pdf, re.DOTALL)
        }
        pages = [held for held in self._objects.values() if re.search(rb"/Type\s*/Page\b", held)]
        boxes = [re.search(rb"/MediaBox\[0 0 ([\d.]+) ([\d.]+)\]", page) for page in pages]
        self.sizes = [(float(box[1]), float(box[2])) for box in boxes if box]
        self.pages = ["".join("".join(self._texts(page)).split()) for page in pages]
        self.text = "".join(self.pages)

    def _numbered(self, held: bytes, name: bytes) -> int:
        found = re.search(rb"/" + name + rb" (\d+) 0 R", held)
        assert found is not None
        return int(found[1])

    def _stream(self, number: int) -> bytes:
        return zlib.decompress(self._objects[number].partition(b"stream")[2].lstrip(b"\r\n"))

    def _letters(self, font: int) -> dict[int, str]:
        stream = self._stream(self._numbered(self._objects[font], b"ToUnicode"))
        pairs = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>\n", stream)
        return {int(glyph, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for glyph, text in pairs}

    def _texts(self, page: bytes) -> Iterator[str]:
        resources = self._objects[self._numbered(page, b"Resources")]
        fonts = {name: self._letters(int(font)) for name, font in re.findall(rb"/(f\d+) (\d+) 0 R", resources)}
        letters: dict[int, str] = {}
        instead = False
        mark = re.compile(rb"/ActualText" + STRING + rb"|(EMC)|/(f\d+) [\d.]+ Tf|" + STRING, re.DOTALL)
        for found in mark.finditer(self._stream(self._numbered(page, b"Contents"))):
            actual, end, font, shown = found.groups()
            if actual is not None:
                instead = True
                text = _bytes(actual)
                yield text[2:].decode("utf-16-be") if text.startswith(b"\xfe\xff") else text.decode("latin-1")
            elif end:
                instead = False
            elif font:
                letters = fonts[font]
            elif not instead:
                glyphs = _bytes(shown)
                for at in range(0, len(glyphs), 2):
                    yield letters.get(int.from_bytes(glyphs[at : at + 2]), "")


def _bytes(string: bytes) -> bytes:
    if string.startswith(b"<"):
        return bytes.fromhex(string[1:-1].decode())
    escapes = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}

    def plain(found: re.Match[bytes]) -> bytes:
        escaped = found[1]
        return bytes([int(escaped, 8)]) if escaped[:1].isdigit() else escapes.get(escaped, escaped)

    return re.sub(rb"\\([0-7]{1,3}|.)", plain, string[1:-1], flags=re.DOTALL)


def printed(template: str, **told: object) -> Printed:
    return Printed(draw(template, {**TOLD, **told}))


def unblank(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("template", sorted(NAMES - {"receipt_80mm"}))
def test_every_notice_is_drawn_on_one_page_of_a4(template: str) -> None:
    (size,) = printed(template).sizes
    assert size == pytest.approx((595.28, 841.89), abs=0.01)


def test_a_receipt_for_the_roll_is_80_mm_wide_and_as_long_as_it_needs() -> None:
    (short,) = printed("receipt_80mm").sizes
    (long,) = printed("receipt_80mm", materials=[{"name": "材料", "form": "原件"}] * 60).sizes
    assert short[0] == long[0] == pytest.approx(80 / 25.4 * 72, abs=0.01)
    assert long[1] > short[1] + 58 * 9.5


@pytest.mark.parametrize("template", sorted(NAMES))
def test_every_notice_says_whose_it_is_and_which_case_and_person_it_is_about(template: str) -> None:
    text = printed(template).text
    for said in ("山王镇便民服务中心", "340405101-2026-0001", "2026年11月28日", "340405101-20261122-0017", "王小明"):
        assert said in text
    assert "食品经营许可" in text


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("receipt", ("收件凭证", "妙山村便民服务点", "申请书", "复印件", "场所使用证明", "K7QF29XM", "0554-1234567")),
        ("receipt_80mm", ("收件凭证", "妙山村便民服务点", "申请书", "复印件", "场所使用证明", "K7QF29XM")),
        ("supplement", ("补正告知书", "第三十二条", "场所使用证明", "须在有效期内。", "2026年11月25日")),
        ("acceptance", ("受理通知书", "2026年11月26日予以受理", "20个工作日，至2026年12月24日届满", "10个工作日")),
        ("declination", ("不予受理决定书", "理由：经营场所不符合规定。", "可以向区市场监督管理局提出申请。")),
        ("extension", ("延长办理期限告知书", "第四十二条", "经本机关负责人批准", "延长10个工作日，至2027年1月8日")),
        ("special_procedure", ("特别程序告知书", "第四十五条", "自2026年12月1日起", "预计需要15个工作日")),
        ("decision_granted", ("准予行政许可决定书", "第三十八条第一款", "审批科", "仅限预包装食品销售。")),
        ("decision_denied", ("不予行政许可决定书", "第三十八条第二款", "理由：经营场所不符合规定。")),
        (
            "delivery",
            ("送达回证", "直接送达", "食品经营许可证", "受送达人签名或盖章", "送达人签名", "见证人签名", "备注"),
        ),
    ],
)
def test_a_notice_says_what_the_law_wants_of_it(template: str, said: tuple[str, ...]) -> None:
    text = printed(template).text
    assert [words for words in said if words not in text] == []


@pytest.mark.parametrize("template", ["declination", "decision_denied"])
def test_who_is_refused_is_told_where_to_go_and_by_when(template: str) -> None:
    text = printed(template).text
    assert re.search("60日内.*行政复议.*6个月内.*行政诉讼", text)


@pytest.mark.parametrize("template", sorted(NAMES - {"declination", "decision_denied"}))
def test_who_is_not_refused_is_not_told_to_sue(template: str) -> None:
    assert "行政诉讼" not in printed(template).text


def test_an_acceptance_by_silence_says_that_it_is_one() -> None:
    assert "自2026年11月26日起视为受理" in printed("acceptance", deemed=True).text
    assert "视为受理" not in printed("acceptance").text


@pytest.mark.parametrize("template", sorted(NAMES))
def test_what_is_not_told_leaves_no_empty_line(template: str) -> None:
    empty = draw(template, {key: [] if isinstance(told, list) else "" for key, told in TOLD.items()})
    assert empty == draw(template, {})
    text = Printed(empty).text
    assert not re.search("[：（“”][，。）“”]|，，|。。|，。|None|none|false", text)
    for name in ("编号", "查询码", "咨询电话", "理由：", "说明：", "申请人", "受送达人："):
        assert name not in text


@pytest.mark.parametrize("template", sorted(NAMES))
def test_what_a_person_wrote_is_printed_and_not_obeyed(template: str) -> None:
    keys = ("applicant", "item", "ground", "note", "conditions", "way", "channel", "approved_by", "decided_by")
    told = dict.fromkeys(keys, MARKUP)
    listed = [{"name": MARKUP, "form": MARKUP, "note": MARKUP}]
    text = printed(template, **told, materials=listed, missing=listed, papers=[MARKUP]).text
    assert text.count(unblank(MARKUP)) >= 2


@pytest.mark.parametrize("template", LETTERS)
def test_a_long_text_goes_on_over_numbered_pages_and_nothing_of_it_is_lost(template: str) -> None:
    ground = "".join(f"第{number}项理由不成立，" for number in range(250))
    listed = [{"name": f"第{number}项材料", "note": "须补正" * 20} for number in range(60)]
    long = {"applicant": "长" * 60, "ground": ground, "note": ground, "conditions": ground, "missing": listed}
    notice = printed(template, **long)
    # What runs at the foot of the pages is not a part of the text.
    text = re.sub(r"340405101-2026-0001第\d+页，共\d+页", "", notice.text)
    if template == "supplement":
        assert all(f"第{number}项材料" in text for number in range(60))
    elif template != "acceptance":
        assert ground.rstrip("，") in text
    count = len(notice.pages)
    assert count == 1 if template == "acceptance" else count > 1
    for number, page in enumerate(notice.pages, 1):
        assert f"第{number}页，共{count}页" in page


def test_a_receipt_lists_sixty_materials_and_repeats_the_heads_of_their_columns() -> None:
    notice = printed("receipt", materials=[{"name": f"材料之{number}", "form": "原件"} for number in range(1, 61)])
    assert len(notice.pages) > 1
    assert all(f"{number}材料之{number}原件" in notice.text for number in range(1, 61))
    for page in notice.pages:
        assert ("材料名称" in page) == ("材料之" in page or "场所使用证明" in page)


def test_a_high_row_of_a_table_goes_on_over_pages() -> None:
    long = {"name": "材料", "note": "\n".join(f"第{number}行" for number in range(120))}
    notice = printed("supplement", missing=[{"name": "另一材料", "note": ""}, long])
    assert len(notice.pages) > 2
    assert all(notice.text.count(f"第{number}行") == 1 for number in range(120))
    assert max(page.count("行") for page in notice.pages) < 50


@pytest.mark.parametrize("lines", range(8, 24))
def test_the_stamp_stays_with_the_unit_and_the_day_and_is_never_alone_on_a_page(lines: int) -> None:
    notice = printed("decision_denied", ground="\n".join(["理由"] * lines))
    signed = [page for page in notice.pages if "2026年11月28日" in page]
    assert signed == [notice.pages[-1]]
    assert "3404050012345" in signed[0]
    assert "行政诉讼" in signed[0]


@pytest.mark.parametrize("unit", ["局", "山王镇便民服务中心", "淮南市八公山区行政审批局（政务服务管理局）" * 3])
def test_a_name_of_any_length_goes_round_the_stamp(unit: str) -> None:
    notice = printed("acceptance", unit=unit)
    assert len(notice.pages) == 1
    # At the head, above the day, and round the stamp.
    assert notice.text.count(unit) == 3


def test_a_word_that_is_longer_than_a_line_is_broken_and_can_be_copied_whole() -> None:
    address = "https://example.gov.cn/" + "a" * 400
    for template in ("receipt", "receipt_80mm"):
        assert address in printed(template, track=address).text


def test_a_day_that_is_no_day_is_printed_as_it_is_told() -> None:
    assert "于下月初予以受理" in printed("acceptance", accepted_on="下月初").text


@pytest.mark.parametrize("template", sorted(NAMES))
def test_the_same_notice_has_the_same_bytes(template: str) -> None:
    first = draw(template, TOLD)
    assert draw(template, {"applicant": "另一个人"}) != first
    assert draw(template, dict(reversed(TOLD.items()))) == first
    assert set(re.findall(rb"D:(\d+Z)", first)) == {b"20261128000000Z"}


def test_notices_drawn_at_the_same_time_do_not_mix() -> None:
    names = [f"申请人{number}" for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        drawn = list(threads.map(lambda name: draw("acceptance", {**TOLD, "applicant": name}), names))
    for name, pdf in zip(names, drawn, strict=True):
        assert Printed(pdf).text.count(f"{name}：") == 1
        assert pdf == draw("acceptance", {**TOLD, "applicant": name})


@pytest.mark.parametrize("template", sorted(NAMES))
def test_a_notice_is_of_the_kind_that_an_archive_keeps_and_a_screen_reader_reads(template: str) -> None:
    pdf = draw(template, TOLD)
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf
    assert b"/Lang(zh-CN)" in pdf


@pytest.mark.parametrize("letter", ["\U0001f600", "\U00020bb7", "ไ", "བ"])
def test_a_glyph_that_no_font_has_is_an_error_and_not_a_box(letter: str) -> None:
    with pytest.raises(NoGlyph) as error:
        draw("acceptance", {**TOLD, "applicant": f"王{letter}明"})
    assert error.value.__cause__ is None
    assert error.value.__context__ is None
    assert "王" not in str(error.value)
    assert letter not in str(error.value)


def test_invisible_characters_are_left_out() -> None:
    assert "王小明：" in printed("acceptance", applicant="王\u202e小\u200b\x00\ufeff明").text


@pytest.mark.parametrize(
    "told", [{"applicant": "\ud800"}, {"issued_on": "28.11.2026"}, {"applicant": object()}, {"qr": "no picture"}]
)
def test_what_cannot_be_told_is_an_error_that_does_not_repeat_it(told: dict[str, object]) -> None:
    with pytest.raises(CannotDraw) as error:
        draw("receipt", {**TOLD, **told})
    assert str(error.value).startswith("receipt: ")
    assert error.value.__context__ is None


@pytest.mark.parametrize("template", ["common", "../drawing", "", "none"])
def test_what_is_no_notice_is_not_drawn(template: str) -> None:
    with pytest.raises(CannotDraw):
        draw(template, TOLD)
