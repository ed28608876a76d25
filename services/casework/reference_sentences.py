"""Why an act on units, items, clearance rounds or grants is refused, and what to do next, by code: Chinese, English."""

from collections.abc import Mapping

REFERENCE: Mapping[str, tuple[str, str]] = {
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
    "day_to_come": (
        "日期 {day} 尚未到来；请填写今天或者此前的日期。",
        "The day {day} is still to come; name today or a day gone by.",
    ),
    "no_grant_in_force": (
        "{person} 没有部门 {department} 当日及现行有效的授权，不能挂牌；请先授权。",
        "{person} held no grant of {department} on that day or holds none today; grant the powers first.",
    ),
    "representative_installed": (
        "部门 {department} 已由 {person} 挂牌为首席代表；更换人员请先摘牌。",
        "The sign of {person} hangs out for {department}; take it down before another's is hung out.",
    ),
    "no_representative": (
        "部门 {department} 没有挂牌的首席代表，无需摘牌。",
        "No sign of a chief representative hangs out for {department}; nothing is left to do.",
    ),
    "sign_before_the_last": (
        "上一块牌子于 {day} 摘下；新的挂牌日期不得早于该日。",
        "The sign before was taken down on {day}; hang the next one out on that day or later.",
    ),
    "withdrawn_before": (
        "首席代表于 {day} 挂牌；摘牌日期不得早于该日。",
        "The sign was hung out on {day}; it is not taken down before that day.",
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
}
