"""What roles and phases are called, in Chinese and in English."""

from collections.abc import Iterable, Mapping

from services.casework.case import Phase

ROLES: Mapping[str, tuple[str, str]] = {
    "agent": ("代办员", "agent"),
    "clerk": ("窗口人员", "clerk"),
    "approver": ("审批人员", "approver"),
    "head": ("部门负责人", "head of the body"),
    "government_head": ("政府负责人", "head of the government"),
    "chief_representative": ("首席代表", "chief representative"),
    "supervisor": ("督查人员", "supervisor"),
    "catalogue_manager": ("事项管理员", "catalogue manager"),
    "unit_administrator": ("单位管理员", "unit administrator"),
    "integrator": ("数据对接人员", "integrator"),
    "operator": ("运维人员", "operator"),
}
"""What roles are called."""


def named_roles(roles: Iterable[str]) -> tuple[str, str]:
    """In the order in which they are listed above."""
    names = [said for role, said in ROLES.items() if role in set(roles)]
    return "、".join(zh for zh, _ in names), ", ".join(en for _, en in names)


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
