"""Why an act on the rest of a dossier is refused, and what to do next, by code. Chinese, then English."""

from collections.abc import Mapping

DOSSIER: Mapping[str, tuple[str, str]] = {
    # Other bodies are asked, people are heard
    "consultation_used": (
        "本办件已有编号为 {consultation} 的征询；请使用新的编号。",
        "This case has used the number {consultation} for a consultation already; take a new one.",
    ),
    "answered_elsewhere": (
        "该项征询由单位 {unit} 答复；请等待其答复。",
        "Unit {unit} answers this consultation by itself; wait for it.",
    ),
    "consultations_open": (
        "尚有征询未答复：{consultations}；请等待答复，或者写明不再等待的理由。",
        "Consultations are still open: {consultations}; wait for the answers, or say why the decision does not.",
    ),
    "no_hearing_offered": (
        "本办件没有告知过听证权利；请先告知。",
        "Nobody was told of a right to a hearing on this case; offer it first.",
    ),
    "hearing_too_late": (
        "申请听证的期限已于 {day} 届满；如有必要，可由本机关主动举行听证。",
        "The time to ask for the hearing ended on {day}; the office may still hold one by itself.",
    ),
    "hearing_day": (
        "听证日期应在 {first} 至 {last} 之间；请更正。",
        "A hearing on this case lies between {first} and {last}; correct the day.",
    ),
    "hearing_awaited": (
        "听证尚未举行，或者申请听证的期限（{day}）未满；请待听证举行或者取消、期限届满或者当事人均已放弃后再决定。",
        "A hearing is to be held or may still be asked for (until {day}); decide when it was held or called off, the "
        "time is over or all have waived it.",
    ),
    "hearing_fixed": (
        "听证已经申请、通知或者举行，不能再登记放弃听证。",
        "A hearing was asked for, announced or held already, so nobody waives it any more.",
    ),
    "party_not_told": (
        "没有向该当事人告知过听证权利，不能登记其放弃；请核对当事人。",
        "This party was not told of a right to a hearing and so has none to waive; check who it is.",
    ),
    "hearing_not_requested": (
        "该当事人没有尚未撤回的听证申请；请核对当事人。",
        "No request of this party for a hearing stands on this case; check who it is.",
    ),
    "hearing_taken_back": (
        "该当事人已撤回听证申请，视为放弃听证，不能再次申请；如有必要，可由本机关主动举行听证。",
        "This party took the request for a hearing back and so gave the right up; the office may still hold one by "
        "itself.",
    ),
    "hearing_held": (
        "听证已经举行，不能撤回听证申请或者取消听证；请根据听证笔录作出决定。",
        "The hearing was held, so no request is taken back and nothing called off; decide on its record.",
    ),
    "hearing_requested": (
        "尚有听证申请未撤回，不能取消听证；如需改期，请重新通知。",
        "Somebody who asked for the hearing has not taken that back, so it is held; for another day, announce it "
        "again.",
    ),
    "nothing_to_call_off": (
        "没有已经通知、尚未举行的听证，无需取消。",
        "No hearing stands announced on this case, so there is nothing to call off.",
    ),
    "hearing_too_soon": (
        "听证的时间、地点应当在举行七个工作日前通知；最早可于 {first} 举行，请另定日期。",
        "Those concerned are told seven working days ahead; hold the hearing on {first} or later.",
    ),
    "hearing_not_announced": (
        "尚未通知听证的时间、地点；请先通知。",
        "Nobody was told when and where the hearing is held; announce it first.",
    ),
    "hearing_on_another_day": (
        "听证通知的日期为 {day}；请更正，如已改期，请重新通知。",
        "The hearing was announced for {day}; correct the day, or announce the hearing again.",
    ),
    "not_on_the_record": (
        "举行听证的，应当根据听证笔录（{record}）作出决定；请核对笔录摘要值。",
        "After a hearing the decision rests on its record ({record}), and on no other; check the digest.",
    ),
    # Notices, certificates, fees
    "paper_unknown": (
        "该办件没有此份材料；请在办件详情中核对。",
        "This case names no such paper; look at the papers of the case.",
    ),
    "notice_unknown": (
        "该办件没有制发过此文书，请核对文书编号。",
        "No such notice was issued in this case; check its number.",
    ),
    "nothing_to_tell": (
        "“{notice}”文书所告知的事项尚未发生；请选择其他文书。",
        "What a notice of the kind {notice} tells has not happened on this case; choose another kind.",
    ),
    "not_granted": (
        "该申请未获准予，不能颁发证照。",
        "The application was not granted, so no certificate is issued on it.",
    ),
    "certificate_validity": (
        "证照有效期起始日 {start} 晚于截止日 {end}；请更正。",
        "The certificate would be valid from {start}, after its end on {end}; correct the days.",
    ),
    "no_certificate": (
        "本办件没有颁发过证照。",
        "No certificate was issued on this case.",
    ),
    "certificate_unknown": (
        "本办件没有编号为 {certificate} 的证照；请核对编号。",
        "No certificate {certificate} was issued on this case; check the number.",
    ),
    "certificate_revoked": (
        "证照 {certificate} 已由 {person} 撤销，不能更正。",
        "{person} has revoked certificate {certificate}; it is not corrected any more.",
    ),
    "no_fee": (
        "事项 {item} 不收费，或者未公布收费依据；不得收费。",
        "Item {item} costs nothing, or names no basis for its fee; nothing may be charged.",
    ),
    "fee_not_assessed": (
        "尚未核定费用；请先核定。",
        "No fee was assessed on this case; assess it first.",
    ),
    "more_than_due": (
        "金额 {amount} 元不在应缴范围内；尚应缴 {most} 元。",
        "{amount} yuan is not between nothing and what is due; still due: {most} yuan.",
    ),
    "nothing_paid": (
        "本办件没有缴费记录，无款可退。",
        "Nothing was paid on this case, so nothing is refunded.",
    ),
    "more_than_paid": (
        "金额 {amount} 元不在可退范围内；可退 {most} 元。",
        "{amount} yuan is not between nothing and what was paid; to refund at most: {most} yuan.",
    ),
    "voucher_used": (
        "票据号 {voucher} 已由 {person} 登记；请核对票据号。",
        "{person} has already entered voucher {voucher}; check its number.",
    ),
    # After the end
    "record_unknown": (
        "本办件没有摘要值为 {record} 的记录；请核对。",
        "This case has no record {record}; check the hash.",
    ),
    "not_clerical": (
        "“{field}”不属于可以更正的文字差错；请通过相应的操作办理。",
        "The field {field} is no clerical matter of that record; use the act that changes it.",
    ),
    "not_delivered": (
        "决定尚未送达申请人；请先送达再归档。",
        "The decision has not reached the applicant; deliver it before the papers are archived.",
    ),
    "archived": (
        "办件已由 {person} 归档；如需继续办理，请先重新启动。",
        "{person} has archived the case; reopen it before anything else is done.",
    ),
}
