"""What a person reads of a limit: its clock, its basis, and why a day counts or does not. Chinese, then English."""

from collections.abc import Mapping
from typing import Literal

from services.casework.clocks import Basis, ClockName
from services.casework.limits import Light

Reason = Literal[
    "day_of_event",
    "handed_in",
    "weekend",
    "holiday",
    "suspended",
    "in_transit",
    "overdue",
    "extended",
    "make_up_day",
    "working_day",
]

CLOCKS: Mapping[ClockName, tuple[str, str]] = {
    "forward": ("代办转报", "forwarding by the agent point"),
    "acknowledge": ("签收", "acknowledgement of the referral"),
    "notice": ("受理审查与补正告知", "notice of missing papers"),
    "after_supplement": ("补正后受理", "acceptance after the supplement"),
    "supply": ("申请人补正", "the applicant's time to supply papers"),
    "preliminary_review": ("下级初审", "preliminary review"),
    "statutory": ("法定办结时限", "statutory limit"),
    "committed": ("承诺办结时限", "committed limit"),
    "step": ("办理环节", "step"),
    "consultation": ("征求意见", "consultation"),
    "hearing": ("组织听证", "holding the hearing"),
    "delivery": ("送达", "delivery of the result"),
}

BASES: Mapping[Basis, tuple[str, str]] = {
    "law_32": ("《行政许可法》第三十二条", "Administrative Licensing Law, article 32"),
    "law_42": (
        "《行政许可法》第四十二条，或事项所依据的法律法规",
        "Administrative Licensing Law, article 42, or the item's own law",
    ),
    "law_43": (
        "《行政许可法》第四十三条，或事项所依据的法律法规",
        "Administrative Licensing Law, article 43, or the item's own law",
    ),
    "law_44": ("《行政许可法》第四十四条", "Administrative Licensing Law, article 44"),
    "law_47": ("《行政许可法》第四十七条", "Administrative Licensing Law, article 47"),
    "item": ("事项目录公布的期限", "the limit published with the item"),
    "promise": ("本机关对外承诺的期限", "the office's public promise"),
    "ours": ("三级联动内部时限", "internal limit of the linked offices"),
}

LIGHTS: Mapping[Light, tuple[str, str]] = {
    Light.GREEN: ("绿灯", "green"),
    Light.AMBER: ("黄灯", "amber"),
    Light.RED: ("红灯", "red"),
    Light.PAUSED: ("暂停", "paused"),
}

REASONS: Mapping[Reason, tuple[str, str]] = {
    "day_of_event": ("起算当日，不计入。", "The day of the event itself; it does not count."),
    "handed_in": (
        "补正材料至当日已全部递交（经办单位{registered}登记），期限自当日起算，当日不计入。",
        "By this day all papers asked for were handed in (the office registered them on {registered}); time runs from"
        " this day, which does not count.",
    ),
    "weekend": ("周末休息日，不计入。", "A weekend day; it does not count."),
    "holiday": ("法定节假日（{name}），不计入。", "A statutory holiday ({name}); it does not count."),
    "suspended": (
        "中止计时（{ground}），不计入。",
        "The clock is suspended ({ground}); the day does not count.",
    ),
    "in_transit": (
        "办件在途，计入期限，不记入任何单位。",
        "In transit between offices; the day counts, and is charged to no office.",
    ),
    "overdue": ("期限届满后的第 {n} 个工作日，由{whose}负责。", "Working day {n} after the limit, with {whose}."),
    "extended": ("延长期限内的第 {n} 个工作日，由{whose}负责。", "Working day {n} of the extension, with {whose}."),
    "make_up_day": (
        "调休上班日（{name}），计入，由{whose}负责。",
        "A make-up working day ({name}); it counts, with {whose}.",
    ),
    "working_day": ("工作日，计入，由{whose}负责。", "A working day; it counts, with {whose}."),
}

RUNS: Mapping[Reason, tuple[str, str]] = {
    "suspended": (
        "中止计时（{named}），其间 {n} 天均不计入。",
        "The clock is suspended ({named}); none of these {n} days counts.",
    ),
    "overdue": (
        "期限届满后的第 {0} 至 {1} 个工作日，由{named}负责。",
        "Working days {0} to {1} after the limit, with {named}.",
    ),
}
"""Reasons that hold for many days in a row, said once for all of them."""

FREE: frozenset[Reason] = frozenset({"weekend", "holiday"})

APPLICANT = ("申请人", "the applicant")

GROUNDS: Mapping[str, tuple[str, str]] = {
    "hearing": ("听证", "hearing"),
    "tender": ("招标", "tender"),
    "auction": ("拍卖", "auction"),
    "inspection": ("检验", "inspection"),
    "testing": ("检测", "testing"),
    "quarantine": ("检疫", "quarantine"),
    "appraisal": ("鉴定", "appraisal"),
    "expert_review": ("专家评审", "expert review"),
}
"""The eight of article 45, for which time does not count."""
