"""From what the inner layers raise to what HTTP answers."""

from collections.abc import Awaitable
from typing import TypeVar

from contracts.envelope import TooLarge
from services.casework import refusals as r
from services.office.notices.drawing import NoGlyph
from services.office.papers.kinds import NotAScan
from services.runtime import commands, fetching, log
from services.runtime.http.problem import Problem
from services.runtime.paper_store import PaperAway

Result = TypeVar("Result")


class FeedsUnread(Exception):
    """A feed cannot be read to its end: what others wrote meanwhile would be superseded unseen (protocol C4)."""


class EventsMissing(Exception):
    """Later events of the case are here and wait for some that are not (protocol C4)."""


class NoKey(Exception):
    """The case is here and its key is not yet; every earlier holder is being asked for it (protocol H4)."""


class TextsUnreadable(Exception):
    """A sealed text of the case was not sealed for its place: forged or spoilt. What needs it cannot be done."""


class NoKeyToSeal(Exception):
    """A text is for those who have the case's key, and this office has none to seal it under."""


RAISED = (
    r.Refusal,
    NoKey,
    NoKeyToSeal,
    TextsUnreadable,
    NoGlyph,
    PaperAway,
    NotAScan,
    FeedsUnread,
    EventsMissing,
    TooLarge,
    fetching.NoPortal,
    fetching.Unfetched,
    commands.BodyDiffers,
    commands.Superseded,
    commands.Contended,
    log.Fenced,
    log.NotWritable,
    log.Unanswered,
)
"""What `problem` knows."""


async def doing(work: Awaitable[Result]) -> Result:
    """Its result; what the inner layers raise, as a Problem."""
    try:
        return await work
    except RAISED as error:
        raise problem(error) from error


def problem(error: Exception) -> Problem:
    """The answer to one of RAISED."""
    match error:
        case r.Refusal(code=code, zh=zh, en=en, state=state):
            return Problem(_status(error), code, en, zh, state=state)
        case commands.BodyDiffers():
            return Problem(
                422,
                "key_reused",
                "This Idempotency-Key was used before with another request. Take a new key for a new act.",
                "该 Idempotency-Key 已用于另一请求；新的办理请使用新的值。",
            )
        case commands.Superseded():
            return Problem(
                409,
                "superseded",
                "This act was superseded when the city assumed custody. See the case; to act again take a new key.",
                "市级提级办理后，该操作已被取代。请查看办件现状，如需再次办理请使用新的 Idempotency-Key。",
            )
        case TextsUnreadable():
            return Problem(
                409,
                "texts_unreadable",
                "A sealed text of this case was forged or spoilt, so no paper can be made of it. See its history.",
                "该办件中有密文被篡改或损坏，无法据此制作文书。请查看办件经过。",
            )
        case NoGlyph():
            return Problem(
                422,
                "no_glyph",
                "No font here has a character of this case. Make the paper by hand and give its SHA-256.",
                "该办件中有本系统字库未收录的字。请另行制作文书，并填写其 SHA-256。",
            )
        case PaperAway():
            return Problem(
                404,
                "paper_away",
                "This paper is not here yet. It is asked of the offices that had the case; try again in a minute.",
                "该份材料尚未到达，正在向经办过该办件的单位调取，请稍后再试。",
                headers={"Retry-After": "60"},
            )
        case NotAScan():
            return Problem(
                415,
                "paper_kind",
                "A scan is a PDF, JPEG, PNG or TIFF file. Scan the paper again as one of these.",
                "只接收 PDF、JPEG、PNG 或 TIFF 格式的材料，请重新扫描后上传。",
            )
        case commands.Contended():
            return Problem(
                409,
                "contended",
                "Others are changing this case right now. Look at it again and repeat.",
                "该办件正在被他人修改，请刷新后重试。",
                headers={"Retry-After": "1"},
            )
        case log.Fenced():
            return Problem(
                409,
                "fenced",
                "The city has assumed custody of this case. What is written here would be superseded.",
                "市级已提级办理该办件，此处不能再写入。",
            )
        case log.NotWritable():
            return Problem(
                503,
                "not_writable",
                f"This service cannot write now: {error}. Send the same request again with the same key.",
                "服务暂不可写入，请稍后使用相同的 Idempotency-Key 重新提交。",
                headers={"Retry-After": "2"},
            )
        case log.Unanswered():
            return Problem(
                503,
                "unanswered",
                "The database did not answer. Send the same request again with the same key; it is done once.",
                "数据库未响应，请使用相同的 Idempotency-Key 重新提交，只会办理一次。",
                headers={"Retry-After": "1"},
            )
        case NoKey():
            return Problem(
                503,
                "key_missing",
                "The key of this case has not arrived yet; earlier offices are being asked. Try again shortly.",
                "该办件的密钥尚未到达，正在向经办单位索取，请稍后重试。",
                headers={"Retry-After": "5"},
            )
        case NoKeyToSeal():
            return Problem(
                409,
                "text_without_key",
                "A text is sealed under the key of the case, which your unit does not have. Send this without text; "
                "the key comes with the answer.",
                "文字须以该办件的密钥加密，本单位没有该密钥。请去掉文字后提交；密钥将随答复一并送达。",
            )
        case fetching.Unfetched():
            return Problem(
                503,
                "case_not_fetched",
                "Your unit never had this case, and the portal, from which it is fetched, does not give it now. Try "
                "again with the same key.",
                "本单位没有经办过该办件，目前无法从门户调取该办件。请稍后使用相同的 Idempotency-Key 重试。",
                headers={"Retry-After": "10"},
            )
        case fetching.NoPortal():
            return Problem(
                503,
                "no_portal",
                "Your unit never had this case, and this service was not told where the portal is, from which it is "
                "fetched. Its operator sets SANJI_PORTAL.",
                "本单位没有经办过该办件，且本服务未设置用于调取办件的门户地址。请运维人员设置 SANJI_PORTAL。",
            )
        case FeedsUnread():
            return Problem(
                503,
                "feeds_unread",
                "The feeds of the other levels cannot be read to their end now, so what they did may be superseded "
                "unseen. Try again; if it cannot wait, send it with `override` and the reason.",
                "目前无法读完其他层级的事件流，提级办理可能使对方未知的操作失效。"
                "请稍后重试；如不能等待，请在 override 中填写理由。",
                headers={"Retry-After": "10"},
            )
        case EventsMissing():
            return Problem(
                409,
                "events_missing",
                "Later events of this case are here and wait for some that have not arrived. Try again; if it cannot "
                "wait, send it with `override` and the reason.",
                "该办件较新的事件已到达，但中间事件尚缺。请稍后重试；如不能等待，请在 override 中填写理由。",
                headers={"Retry-After": "10"},
            )
        case TooLarge():
            return Problem(
                413, "record_too_large", "The texts of this act are too long together.", "本次填写的文字总量过长。"
            )
        case _:
            raise error


def _status(refusal: r.Refusal) -> int:
    match refusal:
        case r.NotFound():
            return 404
        case r.Forbidden():
            return 403
        case r.Conflict():
            return 409
        case _:
            return 422
