"""What OpenAPI says of each operation; routes read the request themselves, so it is said here."""

from typing import Any

from pydantic import BaseModel

from contracts.fields import CODE_PATTERN

SUMMARIES: dict[str, tuple[str, str]] = {
    "receive": ("Receive an application", "收件"),
    "claim": ("Take a case onto one's own desk", "认领"),
    "release": ("Lay a case back", "释放"),
    "request_supplement": ("Ask for missing papers, all at once", "补正告知"),
    "receive_supplement": ("Take supplied papers in", "收取补正材料"),
    "accept": ("Accept the application", "受理"),
    "decline": ("Decline the application", "不予受理"),
    "start_step": ("Start a step", "开始环节"),
    "complete_step": ("Complete a step", "完成环节"),
    "suspend": ("Time does not count", "中止计时"),
    "resume": ("Time counts again", "恢复计时"),
    "extend": ("Extend the statutory limit", "延长期限"),
    "open_consultation": ("Ask a department for its opinion", "征求意见"),
    "answer_consultation": ("Answer in one's own house", "答复征求意见"),
    "submit_consultation_answer": ("Answer from another unit", "外单位答复征求意见"),
    "hear_parties": ("Applicant and interested parties are heard", "听取陈述申辩"),
    "offer_hearing": ("Tell of the right to a hearing", "告知听证权利"),
    "request_hearing": ("A hearing is asked for", "申请听证"),
    "hold_hearing": ("A hearing was held", "举行听证"),
    "refer": ("Refer the case to another unit", "转报、移送或交办"),
    "acknowledge": ("Acknowledge a referral", "签收"),
    "refuse": ("Refuse a referral", "拒收"),
    "return": ("Return the case to an earlier custodian", "退回"),
    "request_recall": ("Ask for a referred case back", "申请撤回"),
    "request_withdrawal": ("Hand on the applicant's wish to withdraw", "代申请撤回"),
    "submit_supplement": ("Hand on papers that the applicant brought", "代交补正材料"),
    "request_urging": ("Urge the holder", "催办"),
    "decline_request": ("Decline a request", "拒绝请求"),
    "decide": ("Decide", "作出决定"),
    "conclude": ("Conclude the case", "办结"),
    "deliver": ("Deliver the result", "送达"),
    "withdraw": ("Withdraw at the applicant's wish", "撤回申请"),
    "terminate": ("Terminate the case", "终止"),
    "issue_notice": ("Issue a notice", "制发文书"),
    "issue_certificate": ("Issue a certificate", "颁发证照"),
    "correct_certificate": ("Correct a certificate", "更正证照"),
    "revoke_certificate": ("Revoke a certificate", "撤销证照"),
    "assess_fee": ("Assess the item's fee", "核定费用"),
    "pay_fee": ("Take a payment in", "缴费"),
    "waive_fee": ("Waive a fee", "减免费用"),
    "refund_fee": ("Refund a fee", "退费"),
    "correct": ("Correct a clerical error", "文字更正"),
    "reopen": ("Reopen the case", "重新启动办件"),
    "archive": ("Archive the papers", "归档"),
    "assume_custody": ("The city takes the case over", "提级办理"),
    "adopt": ("Make a superseded act the city's own", "认可被取代的操作"),
    "revoke": ("Take a superseded act back", "撤销被取代的操作"),
    "superseded": ("What was superseded when custody was assumed, and what is still to be dealt with", "被取代的操作"),
    "settle": ("End the import of a case", "导入完成"),
    "clock": ("Let the law's clock act on imported history", "按历史时间推进时限"),
    "acts": ("Up to 500 acts, each with its own key and answer", "批量办理"),
    "case": ("A case as it now is, with the acts possible now", "办件详情"),
    "history": ("The events of a case", "办件历史"),
    "chain": ("The exact records of a case, one a line", "办件链"),
    "chains": ("All chain heads by stream, or all records", "全部链"),
    "worklist": ("What the unit holds", "待办"),
    "inbox": ("What is offered to the unit, or sent by it", "收件箱"),
    "units": ("Units", "单位"),
    "open_unit": ("Open a unit", "开通单位"),
    "opening": ("What a unit needs before it takes cases, and what it has", "开通清单"),
    "appoint_staff": ("Say who is on duty at a unit", "确定在岗人员"),
    "inaugurate_unit": ("Let a unit take cases from now on", "单位运行"),
    "items": ("Items", "事项"),
    "calendars": ("Working days of each published year", "工作日历"),
    "publish_calendar": ("Publish the working days of a year", "发布工作日历"),
    "amend_calendar": ("Amend a published year", "变更工作日历"),
    "deadline": ("Each limit of a case, day by day, now or at a past instant", "办理时限明细"),
    "publish_item": ("Publish an item", "发布事项"),
    "item_versions": ("Each version of an item with its days and its six disclosures", "事项各版本与六公开"),
    "re_engineering": ("Steps and days before and after, by item and department; concluded on the spot", "流程再造"),
    "revise_item": ("Publish the next version of an item", "修订事项"),
    "retire_item": ("Retire an item; running cases go on", "停办事项"),
    "clearances": ("Clearance rounds", "清理"),
    "clearance": ("A clearance round with the form of each item", "清理详情"),
    "open_clearance": ("Ask the windows of these items for their proposals", "开始清理"),
    "submit_proposals": ("Hand in a window's forms", "提交清理建议"),
    "review_proposals": ("Agree to forms, or send them back with a comment", "审核清理建议"),
    "approve_clearance": ("Approve what was agreed to", "批准清理结果"),
    "publish_clearance": ("Publish the next version of each item", "公布清理结果"),
    "departments": ("Bodies in the centres, and how far each is with its chief representative", "进驻部门"),
    "admit_department": ("Admit a body to a centre", "部门进驻"),
    "delegations": ("Grants of powers to chief representatives", "授权书"),
    "grant_delegation": ("Grant powers to a chief representative", "授权"),
    "revoke_delegation": ("Take a grant back", "撤销授权"),
    "anchor": ("Publish the anchors of the units hosted here now", "立即发布锚定"),
}

PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "detail_zh"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "detail_zh": {"type": "string"},
        "state": {"type": "object"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
REFUSED = {
    400: "The request cannot be read",
    401: "No valid token",
    403: "The role is lacking",
    404: "Not here",
    405: "Not this method",
    409: "The present state forbids it",
    412: "Changed since it was looked at",
    413: "Too large",
    415: "Not JSON",
    422: "Against a rule",
    503: "Not now; send it again",
}


def operation(
    name: str, body: type[BaseModel] | None = None, status: int = 200, query: type[BaseModel] | None = None
) -> dict[str, Any]:
    """The keyword arguments of `add_api_route`."""
    en, zh = SUMMARIES[name]
    extra: dict[str, Any] = {"security": [{"bearer": []}]}
    parameters: list[dict[str, Any]] = []
    if body is not None:
        extra["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _inline(body.model_json_schema())}},
        }
        if name != "acts":
            parameters.append(KEY)
    if name == "anchor":
        parameters.append(KEY)
    if query is not None:
        parameters += _query_parameters(query)
    if name == "chains":
        parameters += CHAINS
    if name == "amend_calendar":
        parameters.append(YEAR)
    if name == "revoke_delegation":
        parameters.append(DELEGATION)
    if name in OF_A_UNIT:
        parameters.append(UNIT)
    if name in OF_A_ROUND:
        parameters.append(CLEARANCE)
    if name in OF_AN_ITEM:
        parameters.append(ITEM)
    if name not in WITHOUT_NUMBER:
        parameters.append(NUMBER)
    if parameters:
        extra["parameters"] = parameters
    refused = {
        code: {"description": text, "content": {"application/problem+json": {"schema": PROBLEM}}}
        for code, text in REFUSED.items()
    }
    kind = "application/x-ndjson" if name == "chain" else "application/json"
    done = {
        status: {"description": "Done", "content": {kind: {"schema": {} if name == "chain" else {"type": "object"}}}}
    }
    return {
        "operation_id": name,
        "summary": f"{en} · {zh}",
        "openapi_extra": extra,
        "responses": {**done, **refused},
        "status_code": status,
        "response_model": None,
    }


QUERY = "query"
OF_A_UNIT = frozenset({"opening", "appoint_staff", "inaugurate_unit"})
OF_A_ROUND = frozenset({"clearance", "submit_proposals", "review_proposals", "approve_clearance", "publish_clearance"})
OF_AN_ITEM = frozenset({"item_versions", "revise_item", "retire_item"})
WITHOUT_NUMBER = frozenset(
    {
        *("receive", "acts", "chains", "worklist", "inbox", "anchor"),
        *("units", "open_unit", "items", "publish_item", "calendars", "publish_calendar", "amend_calendar"),
        *OF_AN_ITEM,
        *OF_A_ROUND,
        *OF_A_UNIT,
        *("clearances", "open_clearance"),
        "re_engineering",
        *("departments", "admit_department", "delegations", "grant_delegation", "revoke_delegation"),
    }
)
NUMBER: dict[str, Any] = {
    "name": "number",
    "in": "path",
    "required": True,
    "description": "Case number",
    "schema": {"type": "string", "pattern": "^[0-9]{6,12}-[0-9]{8}-[0-9]{4,}$", "maxLength": 40},
}
YEAR: dict[str, Any] = {
    "name": "year",
    "in": "path",
    "required": True,
    "description": "A published year",
    "schema": {"type": "string", "pattern": "^[0-9]{4}$"},
}
DELEGATION: dict[str, Any] = {
    "name": "delegation",
    "in": "path",
    "required": True,
    "description": "Id of a grant",
    "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
}
UNIT: dict[str, Any] = {
    "name": "unit",
    "in": "path",
    "required": True,
    "description": "Code of a unit",
    "schema": {"type": "string", "pattern": "^[0-9]{6,12}$"},
}
CLEARANCE: dict[str, Any] = {
    "name": "clearance",
    "in": "path",
    "required": True,
    "description": "Id of a clearance round",
    "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
}
ITEM: dict[str, Any] = {
    "name": "item",
    "in": "path",
    "required": True,
    "description": "Key of an item: its code, in a district's own catalogue unit.code",
    "schema": {"type": "string", "pattern": f"^{CODE_PATTERN}$"},
}
KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,200}$"},
}
CHAINS: list[dict[str, Any]] = [
    {"name": "after", "in": QUERY, "required": False, "schema": {"type": "string", "maxLength": 120}},
    {"name": "limit", "in": QUERY, "required": False, "schema": {"type": "integer", "minimum": 1, "maximum": 5000}},
    {"name": "full", "in": QUERY, "required": False, "schema": {"type": "string", "enum": ["0", "1"]}},
]


def _query_parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    schema = model.model_json_schema()
    return [
        {"name": name, "in": QUERY, "required": False, "schema": {k: v for k, v in part.items() if k != "default"}}
        for name, part in schema["properties"].items()
    ]


def _inline(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without `$defs`: the operation stands alone in the document."""
    defs = schema.pop("$defs", {})

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return walk(defs[node["$ref"].rpartition("/")[2]])
            return {key: walk(value) for key, value in node.items()}
        if isinstance(node, list):
            return [walk(value) for value in node]
        return node

    return walk(schema)
