"""Whether what targets.md promises held, read from what a run left behind: the history of calls and answers, all
databases, and Kafka's topics.

It shares no code with what it checks: everything about the formats is derived again from the published schemas and
the design. Reading order: `evidence` (what it is given), `history` and `topics` (into `scratch`, a file), `sources`
(all tables beside each other, a stream at a time), `chains` (one copy), `copies` (all of them and Kafka), `cases` and
`asked` (the views), `requests`, `due` (dates), `acts` (what was acknowledged), `rest` (what still waits), `check`.
"""

from tests.chaos.checker.check import Report, check, report
from tests.chaos.checker.evidence import Evidence, Restored
from tests.chaos.checker.violations import Violation

__all__ = ["Evidence", "Report", "Restored", "Violation", "check", "report"]
