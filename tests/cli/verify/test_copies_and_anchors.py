import json
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer import Typer
from typer.testing import CliRunner

from contracts.case import StepCompleted
from contracts.envelope import digest
from services.cli.verify.anchors import Tree
from services.cli.verify.command import command
from services.cli.verify.run import Report, verify
from services.cli.verify.sources import Service, SourceFailed
from services.runtime import anchor
from tests.cli.verify.chains import CASE, TOWNSHIP, Copy, Writer, anchored, assumed, given, opened, travelled

ROOT = Path(__file__).parents[3]
OTHER = f"{TOWNSHIP}-20261122-0002"


def codes(report: Report) -> list[str]:
    return [finding.code for finding in report.bad]


async def test_equal_copies_are_sound_and_a_copy_that_lags_is_told_apart_from_damage() -> None:
    whole = travelled()
    copies = [
        Copy("township", whole.given),
        Copy("district", whole.given),
        Copy("portal", given(CASE, whole.lines[:4])),
    ]
    report = await verify(copies)
    assert (report.bad, report.lagging) == ([], {"portal": 1})
    assert (report.chains, report.copies, report.records) == (1, 3, 24)


async def test_two_histories_of_one_case_are_found_although_each_is_sound_by_itself() -> None:
    whole = travelled()
    fork = travelled(upto=6).write(StepCompleted(step="another", outcome="done"))
    report = await verify([Copy("district", whole.given), Copy("portal", fork.given)])
    assert [(finding.code, finding.seq, finding.where) for finding in report.bad] == [("forked", 7, "portal")]


def merkle_root(leaves: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1, as it stands there."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + merkle_root(leaves[:half]) + merkle_root(leaves[half:])).digest()


def test_the_root_is_the_one_of_the_standard_and_of_the_product() -> None:
    for count in (0, 1, 2, 3, 5, 8, 13):
        heads = {f"case-{number}": digest(str(number).encode()) for number in range(count)}
        leaves = [stream.encode() + b"\x00" + head for stream, head in sorted(heads.items())]
        tree = Tree()
        for leaf in leaves:
            tree.add(sha256(b"\x00" + leaf).digest())
        assert tree.root == merkle_root(leaves) == anchor.ends(heads).root


async def anchors(cut: Sequence[Writer], anchor_of: Writer) -> Report:
    return await verify([Copy("portal", *(chain.given for chain in (*cut, opened(), anchor_of)))])


async def test_an_anchor_over_whole_chains_holds_and_what_is_written_later_does_not_disturb_it() -> None:
    chains = [travelled(), travelled(OTHER)]
    signed = anchored(chains)
    report = await anchors(chains, signed)
    assert (report.anchors, report.bad) == (1, [])
    chains[1].later(hours=12).write(StepCompleted(step="filing", outcome="done"))
    assert (await anchors(chains, signed)).bad == []


async def test_a_tail_that_was_cut_from_every_copy_is_found_by_the_anchor() -> None:
    chains = [travelled(), travelled(OTHER)]
    signed = anchored(chains)
    del chains[1].lines[-1]
    assert codes(await anchors(chains, signed)) == ["anchor_differs"]


async def test_a_case_that_vanished_from_every_copy_is_found_by_the_anchor() -> None:
    signed = anchored([travelled(), travelled(OTHER)])
    assert codes(await anchors([travelled()], signed)) == ["anchor_differs"]


async def test_a_tail_that_was_written_anew_is_found_by_the_anchor() -> None:
    signed = anchored([travelled()])
    forged = travelled()
    forged.lines[-1] = forged.lines[-1].replace(b'"window"', b'"online"')
    assert codes(await anchors([forged], signed)) == ["anchor_differs"]


async def test_an_anchor_by_another_key_is_found() -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"x" * 32)
    assert codes(await anchors([travelled()], anchored([travelled()], key=other))) == ["anchor_forged"]


async def test_an_anchor_over_a_case_whose_custody_was_assumed_stays_an_open_question() -> None:
    signed = anchored([travelled()])
    report = await anchors([assumed()], signed)
    assert (codes(report), [finding.code for finding in report.open]) == ([], ["anchor_open"])


async def test_chains_are_read_from_a_running_service_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.cli.verify.sources.PAGE", 2)
    cases = [travelled(f"{TOWNSHIP}-20261122-{n:04d}") for n in range(1, 6)]
    chains = {one.stream: one for one in (*cases, opened(), anchored([*cases, opened()]))}
    asked: list[tuple[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"] == "Bearer t"
        after, upto = request.url.params["after"], request.url.params.get("upto", "~")
        page = [stream for stream in sorted(chains) if after < stream <= upto]
        if request.url.params.get("full"):
            asked.append((after, upto))
            content = b"".join(line + b"\n" for stream in page for line in chains[stream].lines)
            return httpx.Response(200, content=content, headers={"content-type": "application/x-ndjson"})
        heads = [
            {"stream": stream, "seq": len(chains[stream].lines), "hash": digest(chains[stream].lines[-1]).hex()}
            for stream in page[: int(request.url.params["limit"])]
        ]
        return httpx.Response(200, json={"chains": heads})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        report = await verify([Service("city", "http://city/", "t", client)])
    assert (report.chains, report.records, report.anchors, report.bad) == (7, 52, 1, [])
    ends = sorted(chains)
    assert asked[-4:] == [("", ends[1]), (ends[1], ends[3]), (ends[3], ends[5]), (ends[5], ends[6])]


async def test_a_chain_that_a_service_promises_and_does_not_give_is_found() -> None:
    chain = travelled()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("full") or request.url.params["after"]:
            return httpx.Response(200, json={"chains": []}, content=None if request.url.params["after"] else b"")
        return httpx.Response(
            200, json={"chains": [{"stream": CASE, "seq": 10, "hash": digest(chain.lines[-1]).hex()}]}
        )

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        report = await verify([Service("city", "http://city/", "t", client)])
    assert codes(report) == ["empty"]


async def test_what_a_source_gives_in_the_wrong_order_is_checked_by_itself() -> None:
    first, second = travelled(), travelled(OTHER)
    torn = Copy("portal", second.given, first.given, in_order=False)
    report = await verify([Copy("city", first.given, second.given), torn])
    assert (report.copies, report.records, report.bad) == (4, 40, [])


async def test_a_service_that_does_not_answer_is_no_clean_report() -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(401))) as client:
        with pytest.raises(SourceFailed, match="city answers /api/v1/chains with 401"):
            await verify([Service("city", "http://city", "", client)])


def run(*arguments: str | Path) -> tuple[int, str]:
    app = Typer()
    app.command()(command)
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout


def test_an_exported_file_is_verified_without_any_server(tmp_path: Path) -> None:
    chain = travelled()
    head = {"stream": CASE, "seq": len(chain.lines), "hash": digest(chain.lines[-1]).hex()}
    whole, cut, flipped = tmp_path / "whole.ndjson", tmp_path / "cut.ndjson", tmp_path / "flipped.ndjson"
    end = b'{"end": 1}\n'
    content = b"\n".join([json.dumps(head).encode(), *chain.lines]) + b"\n" + end
    whole.write_bytes(content)
    cut.write_bytes(b"\n".join([json.dumps(head).encode(), *chain.lines[:-1]]) + b"\n" + end)
    flipped.write_bytes(content.replace(b"granted", b"grantee"))
    assert run("--file", whole) == (0, "1 chains, 1 copies, 10 records, 0 anchors checked; 0 chains bad\n")
    code, text = run("--file", cut)
    assert (code, "head_differs" in text) == (1, True)
    code, text = run("--file", flipped, "--file", whole, "--json")
    found = json.loads(text)
    assert (code, found["chains_bad"]) == (1, 1)
    assert {finding["code"] for finding in found["bad"]} == {"broken_link", "forked"}


def test_a_file_that_was_cut_off_is_told(tmp_path: Path) -> None:
    chain = travelled()
    head = {"stream": CASE, "seq": len(chain.lines), "hash": digest(chain.lines[-1]).hex()}
    (tmp_path / "cut").write_bytes(b"\n".join([*chain.lines, json.dumps(head).encode()]) + b"\n")
    assert run("--file", tmp_path / "cut")[0] == 2


def test_a_file_in_whatever_order_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.cli.verify.sources.RUN", 7)
    cases = [travelled(f"{TOWNSHIP}-20261122-{n:04d}") for n in range(1, 6)]
    signed = anchored([*cases, opened()])
    beside = [line for lines in zip(*(case.lines for case in reversed(cases)), strict=True) for line in lines]
    (tmp_path / "mixed").write_bytes(b"\n".join([*signed.lines, *beside, *opened().lines]) + b"\n")
    said = "7 chains, 7 copies, 52 records, 1 anchors checked; 0 chains bad\n"
    assert run("--file", tmp_path / "mixed") == (0, said)


def test_a_copy_that_lags_is_an_error_only_at_rest(tmp_path: Path) -> None:
    lines = travelled().lines
    for name, kept in (("a", lines), ("b", lines[:5])):
        (tmp_path / name).write_bytes(b"\n".join(kept) + b"\n")
    files = ("--file", tmp_path / "a", "--file", tmp_path / "b")
    assert (run(*files)[0], run(*files, "--at-rest")[0]) == (0, 1)


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert run("--file", tmp_path / "none")[0] == 2
    assert run()[0] == 2
    (tmp_path / "noise").write_bytes(b"\xff\xfe\n[]\n{}\n" + b"[" * 5000 + b"\n")
    code, text = run("--file", tmp_path / "noise", "--json")
    assert (code, {finding["code"] for finding in json.loads(text)["bad"]}) == (1, {"unreadable"})


def test_verify_shares_no_code_with_what_it_verifies() -> None:
    code = (
        "import sys, services.cli.verify.command;"
        "print([m for m in sys.modules if m.startswith(('contracts', 'services.casework', 'services.runtime'))])"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert out.stdout.strip() == "[]"
