"""What a person reads when an act is refused, by code: what is so, and what to do next. Chinese, then English."""

from collections.abc import Mapping

from services.casework.dossier_sentences import DOSSIER
from services.casework.reference_sentences import REFERENCE

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
    "asked_already": (
        "申请人已提出同样的请求，正在等待答复；请待答复后再提出。",
        "The applicant has asked for the same and waits for the answer; ask again when it is there.",
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
    **DOSSIER,
    **REFERENCE,
}
