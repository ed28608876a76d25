from enum import IntEnum

class ConnectionGroup(IntEnum):
    DEFAULT = 0
    COORDINATION = 1
