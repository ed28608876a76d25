"""The load: clerks, citizens and supervisors of three tiers, who come at their own rate whatever the services do."""

from tests.chaos.load.day import RATE, answering, load
from tests.chaos.load.summary import Summary, summary
from tests.chaos.load.town import World

__all__ = ["RATE", "Summary", "World", "answering", "load", "summary"]
