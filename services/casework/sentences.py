"""What a person reads when an act is refused, by code: what is so, and what to do next. Chinese, then English."""

from collections.abc import Mapping

from services.casework.case import Phase

Phrase = str | tuple[str, str]

SENTENCES: Mapping[str, tuple[str, str]] = {
    # Who may, and where the case lies
    "case_unknown": (
        "本单位没有经办过该办件，请核对办件编号。",
        "Your unit has never had this case; check the number.",
    ),
    "role_missing": (
        "您的角色不能办理此项操作，请交由具有以下角色的人员办理：{roles}。",
        "Your roles do not allow this; ask a colleague with one of the roles: {roles}.",
    ),
    "not_holder": (
        "办件现由 {holder} 经办；请查看最新状态，如需取回可申请撤回。",
        "The case is with {holder} now; look at its present state, or request its recall.",
    ),
    "not_acknowledged": (
        "办件由 {by} 转来、尚未签收；请先签收，或者拒收。",
        "{by} has referred the case here and nobody has acknowledged it; acknowledge or refuse it first.",
    ),
    "not_offered": (
        "没有待本单位签收的转办；请查看最新状态。",
        "Nothing waits here to be acknowledged or refused; look at the present state.",
    ),
    "already_done": (
        "此项操作已由 {person} 办理；请刷新后查看结果。",
        "{person} has already done this; reload to see the result.",
    ),
    "wrong_phase": (
        "办件处于“{phase}”阶段，不能办理此项操作；请选择目前可办理的操作。",
        "The case is {phase}, which does not allow this; choose one of the acts possible now.",
    ),
    "claimed": (
        "办件已由 {person} 领办；请与其联系，由其放回后再领。",
        "{person} is working on this case; ask them to release it first.",
    ),
    "not_claimed": (
        "办件目前无人领办，无需放回。",
        "Nobody works on this case at the moment; there is nothing to release.",
    ),
    # Catalogue and units
    "city_only": (
        "单位由市级（{unit}）开通；请联系市级管理员。",
        "Units are opened by the city ({unit}); ask its administrator.",
    ),
    "unit_exists": (
        "单位 {unit} 已以其他内容开通；如需变更请修订该单位。",
        "Unit {unit} is open with other content; revise it instead.",
    ),
    "unit_preparing": (
        "单位 {unit} 正在筹备、尚未运行，不能收办；请改由已运行的单位办理，或待其开通。",
        "Unit {unit} is being prepared and takes no case yet; choose a unit that is open, or wait for its opening.",
    ),
    "unit_open_already": (
        "单位 {unit} 已经运行，无需再次开通。",
        "Unit {unit} is open; nothing is left to do.",
    ),
    "opening_incomplete": (
        "单位 {unit} 还缺：{lacking}；请补齐后再开通。",
        "Unit {unit} still lacks: {lacking}; provide that, then open it.",
    ),
    "role_unknown": (
        "没有角色 {role}；请从角色表中选择。",
        "There is no role {role}; choose one from the list of roles.",
    ),
    "key_unfit": (
        "单位 {unit} 的公钥无法使用；请由该单位重新生成并提交公钥。",
        "The public keys of unit {unit} cannot be used; have the unit send those it made.",
    ),
    "tier_order": (
        "单位 {unit} 的层级与上级单位不符；只有市级根单位没有上级，下级不得高于上级。",
        "The tier of unit {unit} does not fit: only the city's root has no parent, and no unit is above its parent.",
    ),
    "own_catalogue": (
        "单位 {unit} 只能发布本单位目录中的事项；请在 unit 中填写本单位。",
        "Unit {unit} publishes in its own catalogue only; name it as the item's unit.",
    ),
    "item_exists": (
        "事项 {item} 已以其他内容发布；如需变更请修订该事项。",
        "Item {item} is published with other content; revise it instead.",
    ),
    "calendar_published": (
        "{year} 年的工作日历已发布；如有调整请提交日历变更。",
        "The calendar of {year} is published; amend it instead.",
    ),
    "calendar_unknown": (
        "{year} 年的工作日历尚未发布，请先发布。",
        "The calendar of {year} is not published yet; publish it first.",
    ),
    "marks_unfit": (
        "日历标注必须属于 {year} 年，每日至多一条，变更至少一条。",
        "Marks must be days of {year}, each day once, and an amendment has at least one.",
    ),
    "version_used": (
        "日历版本 {version} 已用于其他内容，请使用新的版本号。",
        "Calendar version {version} stands for other content already; give this one a new version.",
    ),
    "first_version": (
        "事项 {item} 首次发布的版本必须为 1。",
        "Item {item} is published first in version 1.",
    ),
    "committed_above_statutory": (
        "事项 {item} 的承诺时限不得超过法定时限；请缩短承诺时限。",
        "The committed limit of item {item} must not be above the statutory one; shorten it.",
    ),
    "unit_unknown": (
        "没有编码为 {unit} 的单位；请从单位名录中选择。",
        "There is no unit {unit}; choose one from the list of units.",
    ),
    "unit_closed": (
        "单位 {unit} 已经撤销；请改选其承接单位 {successor}。",
        "Unit {unit} is closed; choose its successor {successor}.",
    ),
    "item_unknown": (
        "事项目录中没有事项 {item} 的该版本；请核对编码，或稍候目录同步后再试。",
        "The catalogue here lacks this version of item {item}; check the code, or try again once the catalogue is in.",
    ),
    "item_retired": (
        "事项 {item} 已于 {day} 停办；请选择现行事项。",
        "Item {item} was retired on {day}; choose an item in force.",
    ),
    "item_not_yet": (
        "事项 {item} 自 {day} 起施行；请在该日以后受理。",
        "Item {item} is in force from {day} on; receive it from that day on.",
    ),
    "item_differs": (
        "修订内容属于事项 {other}，不是 {item}；请核对编码和单位。",
        "The revision is of item {other}, not of {item}; correct its code and unit.",
    ),
    "item_version_used": (
        "事项 {item} 的第 {version} 版已以其他内容发布；请使用下一版本号。",
        "Version {version} of item {item} stands with other content; take the next number.",
    ),
    "version_gap": (
        "事项 {item} 的版本号须连续；下一版为第 {version} 版。",
        "The versions of item {item} have no gap; the next one is {version}.",
    ),
    "version_for_the_past": (
        "事项 {item} 的新版本不能自已过去的 {day} 起施行；请自今日或以后起施行。",
        "A version of item {item} is not in force on days gone by ({day}); let it begin today or later.",
    ),
    "versions_overlap": (
        "事项 {item} 的最新版本自 {day} 起施行，两个版本不得在同一日有效；请选择其后的日期。",
        "The newest version of item {item} is in force from {day} on, and no day has two; choose a later day.",
    ),
    "retired_for_the_past": (
        "不能追溯至 {day} 停办事项 {item}；请自今日或以后起停办。",
        "Item {item} is not retired for days gone by ({day}); retire it from today or a later day on.",
    ),
    "item_retired_already": (
        "事项 {item} 已自 {day} 起停办，无需再次办理。",
        "Item {item} is already retired from {day} on; nothing is left to do.",
    ),
    "unit_lacks_item": (
        "单位 {unit} 的目录中没有事项 {item}；请选择办理该事项的单位。",
        "Unit {unit} does not handle item {item}; choose a unit that does.",
    ),
    # Clearance rounds
    "version_of_clearance": (
        "事项 {item} 的修订不能自称出自清理；清理成果由该次清理发布，请去掉 clearance。",
        "A revision of item {item} does not name a round by itself; the round publishes it. Leave out `clearance`.",
    ),
    "item_in_clearance": (
        "事项 {item} 正在清理 {clearance} 中；请在该次清理中提出，或待其发布后再修订。",
        "Item {item} is before clearance round {clearance}; propose it there, or revise it once that is published.",
    ),
    "clearance_exists": (
        "清理 {clearance} 已以其他内容开始；请使用新的编号。",
        "Clearance round {clearance} is open with other content; take a new number.",
    ),
    "clearance_unknown": (
        "没有编号为 {clearance} 的清理；请核对编号。",
        "There is no clearance round {clearance}; check the number.",
    ),
    "clearance_of_other_unit": (
        "清理 {clearance} 由单位 {unit} 组织；请由该单位的窗口和人员办理。",
        "Clearance round {clearance} is that of unit {unit}; leave it to that unit's windows and staff.",
    ),
    "clearance_over": (
        "清理表的收集已于 {day} 截止；请联系清理组织人员。",
        "Forms were taken until {day}; speak to whoever runs the round.",
    ),
    "clearance_closed": (
        "清理 {clearance} 目前所处阶段不能办理此项操作；请查看其最新状态。",
        "The present stage of clearance round {clearance} does not allow this; look at where it stands.",
    ),
    "item_twice": (
        "事项 {item} 重复出现；请只保留一次。",
        "Item {item} stands twice; name it once.",
    ),
    "item_not_in_clearance": (
        "事项 {item} 不在清理 {clearance} 的范围内；请从表中删去。",
        "Item {item} is not part of clearance round {clearance}; leave it out.",
    ),
    "step_unknown": (
        "事项 {item} 没有环节 {step}；请按现行环节填写。",
        "Item {item} has no step {step}; name the steps it has now.",
    ),
    "no_step_left": (
        "事项 {item} 不能取消全部环节；请至少保留一个。",
        "Item {item} cannot lose all its steps; keep at least one.",
    ),
    "days_raised": (
        "清理不得增加事项 {item} 的天数；请填写不多于现行的天数。",
        "A clearance round does not add days to item {item}; give no more than it has now.",
    ),
    "proposal_agreed": (
        "窗口 {window} 对事项 {item} 的建议已审核同意，不能更改。",
        "The form of window {window} for item {item} is agreed to and stays as it is.",
    ),
    "proposal_unknown": (
        "清理 {clearance} 中没有建议 {proposal}，或已被新的建议取代；请核对编号。",
        "Clearance round {clearance} has no form {proposal}, or a newer one took its place; check the number.",
    ),
    "proposal_reviewed_already": (
        "建议 {proposal} 已经审核；请查看审核意见。",
        "Form {proposal} has been reviewed; look at what was said.",
    ),
    "comment_missing": (
        "退回建议 {proposal} 须写明意见；请补充填写。",
        "Form {proposal} is sent back with a comment; write it.",
    ),
    "item_agreed_already": (
        "事项 {item} 已同意另一窗口的建议，每个事项只采纳一份；请退回其余建议。",
        "Another window's form for item {item} is agreed to, and one is all; send the others back.",
    ),
    "proposals_unreviewed": (
        "清理 {clearance} 还有 {count} 份建议未审核；请先审核，再报请批准。",
        "{count} forms of clearance round {clearance} are not reviewed; review them before approval.",
    ),
    "versions_outstanding": (
        "清理 {clearance} 的成果尚未全部发布；请使用相同的 Idempotency-Key 再次提交。",
        "Not all versions of clearance round {clearance} stand yet; send the publication again with the same key.",
    ),
    # Receipt, supplement, acceptance
    "agent_point": (
        "本单位对事项 {item} 只代办、不受理；请转报有权受理的单位。",
        "For item {item} this unit only receives; forward the case to a unit entrusted with accepting it.",
    ),
    "not_all_at_once": (
        "须一次告知全部补正内容，尚未列出：{kinds}；请补列后再提交。",
        "All that is missing must be told at once; add what is not yet named: {kinds}.",
    ),
    "not_named_before": (
        "首次补正告知未列出：{kinds}；再次告知不得增加，请删去。",
        "The first notice did not name {kinds}; a later one may not add to it, so leave that out.",
    ),
    "in_dossier": (
        "卷内已有 {kinds}，不得要求重复提交；如材料有误，请写明其他原因。",
        "The dossier already holds {kinds}, which may not be asked for again; if a paper is wrong, give that reason.",
    ),
    "nothing_asked": (
        "没有待补正的材料；请先办理补正告知。",
        "No supplement is outstanding; request one first.",
    ),
    "supplement_outstanding": (
        "补正材料尚未收齐：{kinds}；请先登记补正材料。",
        "Papers that were asked for are still missing: {kinds}; register them first.",
    ),
    "only_acceptance": (
        "申请人已按要求补正全部材料，依法应当受理；请办理受理。",
        "All papers asked for are in, so the law allows only acceptance; accept the case.",
    ),
    "no_supplement_outstanding": (
        "没有逾期未补正的材料，不能以补正不来办结；请选择其他理由。",
        "No supplement is outstanding, so the case cannot end for want of one; choose another ground.",
    ),
    # Work
    "step_open": (
        "环节 {step} 已由 {person} 开始；请先办结该环节。",
        "{person} has already started step {step}; complete it first.",
    ),
    "two_persons": (
        "现场核查 {step} 须由两名以上人员进行；请列出两名人员后开始该环节。",
        "The site check {step} needs two persons; start the step naming both.",
    ),
    "accepted_by_law": (
        "逾期未一次告知补正内容，该申请依法自 {day} 起即为受理；请办理受理。",
        "The time to tell what is missing is over, so the law has accepted this application as of {day}; accept it.",
    ),
    # Time that does not count, and time that is added
    "suspended_already": (
        "{person} 已中止计时；如需更换事由，请先恢复计时。",
        "{person} has already suspended the clock; resume it first to give another ground.",
    ),
    "not_suspended": (
        "计时没有中止，无需恢复。",
        "The clock is not suspended; there is nothing to resume.",
    ),
    "ground_unknown": (
        "“{ground}”不是法定或该事项规定的中止事由；可选：{grounds}。",
        "{ground} is no ground of the law or of this item for time not to count; choose one of: {grounds}.",
    ),
    "basis_missing": (
        "中止事由“{ground}”须写明依据；请补充填写。",
        "The item's own ground {ground} needs its basis; write it.",
    ),
    "extended_already": (
        "期限已由 {person} 批准延长，依法只能延长一次。",
        "{person} has already extended the limit, which the law allows once only.",
    ),
    "wrong_head": (
        "该事项的延期须由角色 {role} 批准；请报请批准。",
        "An extension for this item is approved by the role {role}; submit it there.",
    ),
    "too_many_days": (
        "延长期限须为 1 至 {most} 个工作日；请更正天数。",
        "A limit is extended by 1 to {most} working days; correct the number.",
    ),
    "nothing_to_extend": (
        "法定办结时限尚未起算，目前没有可延长的期限。",
        "The statutory limit has not begun, so there is nothing to extend yet.",
    ),
    "limit_passed": (
        "法定办结时限已于 {day} 届满，不能再延长；请尽快作出决定。",
        "The statutory limit ended on {day} and cannot be extended any more; decide without delay.",
    ),
    # Custody passes on
    "to_itself": (
        "不能转给本单位；请选择其他单位。",
        "A case cannot be passed to your own unit; choose another.",
    ),
    "not_above": (
        "{unit} 不是上级单位，不能转报；平级或下级请用移送或交办。",
        "{unit} is not above your unit; use a transfer, or an assignment for a unit below.",
    ),
    "not_below": (
        "{unit} 不是下属单位，不能交办；请用移送或转报。",
        "{unit} is not below your unit, so it cannot be assigned the case; transfer or forward it.",
    ),
    "opinion_missing": (
        "初审转报须附初审意见；请填写意见。",
        "A preliminary review goes up with its opinion; write the opinion.",
    ),
    "never_custodian": (
        "{unit} 没有经办过该办件，不能退回；请选择曾经办的单位，或者移送。",
        "{unit} has never held this case, so it cannot be returned there; choose an earlier custodian, or refer it.",
    ),
    "request_answered": (
        "该请求已由 {person} 答复；请查看最新状态。",
        "{person} has already answered this request; look at the present state.",
    ),
    "nothing_to_recall": (
        "最近一次流转不是由本单位转出，没有可撤回的转办。",
        "The last pass was not a referral by your unit; there is nothing to recall.",
    ),
    # Requests, supervision, assumed custody
    "held_here": (
        "办件现由本单位经办，无需提出请求；请直接办理。",
        "The case is with your own unit; do what you ask for yourself.",
    ),
    "not_consulted": (
        "本办件没有待本单位答复的该项征询；请核对征询编号。",
        "No open consultation of that number on this case awaits your unit; check the number.",
    ),
    "urged_today": (
        "该办件今日已经催办，每件每日限一次；请明日再催。",
        "The case was already urged today, and once a day is all; urge again tomorrow.",
    ),
    "not_superior": (
        "本单位不是 {unit} 的上级单位，不能催办或督办；请由其上级单位办理。",
        "Your unit does not stand above {unit}, so it does not supervise it; leave it to a unit that does.",
    ),
    "never_had_it": (
        "单位 {unit} 没有经办过该办件，不能就此督办；请选择曾经办的单位。",
        "Unit {unit} has never had this case and cannot account for it; order a unit that had it.",
    ),
    "no_days": (
        "督办须给出至少一个工作日的答复期限；请更正。",
        "An order leaves at least one working day for the answer; correct the days.",
    ),
    "order_unknown": (
        "没有就本办件发给本单位的督办单 {order}；请核对编号。",
        "There is no supervision order {order} on this case to your unit; check the number.",
    ),
    "order_answered": (
        "督办单 {order} 已经答复，无需再次提交。",
        "Supervision order {order} has its answer; nothing is left to send.",
    ),
    "city_alone": (
        "只有市级可以提级办理，并认可或撤销被取代的操作；请报市级办理。",
        "Only the city assumes custody, and adopts or revokes what was superseded by it; report the case to it.",
    ),
    "never_assumed": (
        "该办件从未提级办理，没有被取代的操作需要处理。",
        "Custody of this case was never assumed, so nothing of it was superseded and nothing waits to be dealt with.",
    ),
    "act_not_superseded": (
        "没有待处理的被取代操作 {act}；请核对其摘要值。",
        "No superseded act {act} waits to be adopted or revoked; check its hash.",
    ),
    "superseded_unreadable": (
        "被取代操作 {act} 的密封内容无法打开，不能认可；请核实后撤销，并告知申请人。",
        "The sealed texts of superseded act {act} do not open, so it cannot be adopted; look into it, then revoke it.",
    ),
    "superseded_acts_open": (
        "还有 {count} 项被取代的操作（{kinds}）未予认可或撤销；请先由市级逐项处理，再办结。",
        "{count} superseded acts ({kinds}) are neither adopted nor revoked; have the city deal with each before this.",
    ),
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
        "听证尚未举行，或者申请听证的期限（{day}）未满；请待听证举行或者期限届满后再决定。",
        "A hearing is to be held or may still be asked for (until {day}); decide when it was held or the time is over.",
    ),
    "not_on_the_record": (
        "举行听证的，应当根据听证笔录（{record}）作出决定；请核对笔录摘要值。",
        "After a hearing the decision rests on its record ({record}), and on no other; check the digest.",
    ),
    # Notices, certificates, fees
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
    # Outcome
    "not_decidable": (
        "事项 {item} 不在本级决定；请转报有决定权的单位：{tiers}。",
        "Item {item} is not decided on this tier; refer the case to a unit that may decide it: {tiers}.",
    ),
    "reason_and_remedies": (
        "不予许可须说明理由并告知救济途径；请补充填写。",
        "A denial states its reason and the remedies; add both.",
    ),
    "outcome_unfit": (
        "目前不能以“{outcome}”办结，可选：{fit}。",
        "The case cannot be concluded as {outcome} now; possible: {fit}.",
    ),
    # Delegation of powers
    "own_register": (
        "单位 {unit} 只能登记本单位及其下属便民服务点的部门与授权；请由有关单位登记。",
        "Unit {unit} registers bodies and grants of itself and of the points below it only; leave it to that unit.",
    ),
    "own_department": (
        "部门 {department} 的授权只能由该部门负责人或政务服务中心管理员办理。",
        "Powers of department {department} are granted by its own head or by the centre's administrator.",
    ),
    "department_exists": (
        "部门 {department} 已以其他名称进驻单位 {unit}；请核对名称。",
        "Department {department} is at unit {unit} under another name; check the name.",
    ),
    "department_unknown": (
        "部门 {department} 没有进驻单位 {unit}；请先登记进驻。",
        "Department {department} has no windows at unit {unit}; admit it first.",
    ),
    "item_of_other_department": (
        "事项 {item} 属于部门 {department}，不能由其他部门授权；请从授权书中删去。",
        "Item {item} belongs to department {department} and is not another's to delegate; leave it out of the grant.",
    ),
    "not_delegable": (
        "事项 {item} 须经专家评审或集体讨论，不得授权 {person} 当场决定；请按程序报批。",
        "Item {item} needs expert review or collective discussion and is never delegated to {person}; submit it.",
    ),
    "validity_reversed": (
        "授权起始日 {start} 晚于截止日 {end}；请更正。",
        "The grant begins on {start}, after its end on {end}; correct the days.",
    ),
    "delegation_over": (
        "该授权已于 {day} 到期；请核对日期，需要时另行授权。",
        "This grant ends on {day}, before the day it is meant for; correct the days, or grant anew.",
    ),
    "delegation_overlaps": (
        "与授权 {delegation} 的人员、事项、权限和期限重叠；请先撤销该授权或调整期限。",
        "It overlaps grant {delegation} in person, item, power and days; revoke that one first, or change the days.",
    ),
    "delegation_exists": (
        "编号 {delegation} 的授权已以其他内容登记；请使用新的编号。",
        "Grant {delegation} stands with other content; take a new number.",
    ),
    "delegation_unknown": (
        "没有编号为 {delegation} 的授权；请核对编号。",
        "There is no grant {delegation}; check the number.",
    ),
    "delegation_revoked_already": (
        "授权 {delegation} 已自 {day} 起撤销，无需再次办理。",
        "Grant {delegation} is already revoked from {day} on; nothing is left to do.",
    ),
    "revoked_for_the_past": (
        "不能追溯至 {day} 撤销授权；请自今日或以后的日期起撤销。",
        "A grant is not revoked for days gone by ({day}); revoke it from today or a later day on.",
    ),
    "other_department": (
        "事项 {item} 由部门 {department} 决定；请交由该部门人员办理。",
        "Item {item} is decided by department {department}; leave it to that department.",
    ),
    "delegation_missing": (
        "{person} 没有当场决定事项 {item} 的授权；请由审批人员决定，或者先办理授权。",
        "{person} has no grant to decide on item {item} on the spot; let an approver decide, or have it granted first.",
    ),
    "delegation_foreign": (
        "{person} 对事项 {item} 的授权属于其他单位或部门，在此无效；请由审批人员决定。",
        "The grant of {person} for item {item} is another unit's or department's and counts for nothing here; "
        "let an approver decide.",
    ),
    "delegation_revoked": (
        "{person} 对事项 {item} 的授权已被撤销；请由审批人员决定。",
        "The grant of {person} for item {item} is revoked; let an approver decide.",
    ),
    "delegation_expired": (
        "{person} 对事项 {item} 的授权已经到期；请由审批人员决定，或者另行授权。",
        "The grant of {person} for item {item} has expired; let an approver decide, or have it granted anew.",
    ),
    "delegation_not_begun": (
        "{person} 对事项 {item} 的授权尚未生效；请由审批人员决定。",
        "The grant of {person} for item {item} has not begun yet; let an approver decide.",
    ),
    # Imported history
    "at_not_integrator": (
        "只有 integrator 角色可以指定办理时间；请去掉 at 后再提交。",
        "Only the role integrator may say when an act happened; leave out `at`.",
    ),
    "at_not_imported": (
        "只有尚未结清的导入办件可以指定办理时间；请去掉 at 后再提交。",
        "Only for imported cases that are not settled may the time be given; leave out `at`.",
    ),
    "at_in_future": (
        "办理时间不能晚于现在；请更正 at。",
        "An act cannot have happened later than now; correct `at`.",
    ),
    "import_not_integrator": (
        "只有 integrator 角色可以导入历史办件；请去掉 imported 后再提交。",
        "Only the role integrator may import history; leave out `imported`.",
    ),
    "not_imported": (
        "该办件不是导入的历史办件，无需结清。",
        "This case was not imported; there is nothing to settle.",
    ),
}

PHASES: Mapping[Phase, tuple[str, str]] = {
    Phase.RECEIVED: ("已收件", "received"),
    Phase.SUPPLEMENT_REQUESTED: ("待补正", "waiting for a supplement"),
    Phase.ACCEPTED: ("已受理", "accepted"),
    Phase.DECIDED: ("已决定", "decided"),
    Phase.CONCLUDED: ("已办结", "concluded"),
    Phase.DECLINED: ("不予受理", "declined"),
    Phase.WITHDRAWN: ("已撤回申请", "withdrawn"),
    Phase.TERMINATED: ("已终止", "terminated"),
    Phase.DELIVERED: ("已送达", "delivered"),
}
