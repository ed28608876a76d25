"""`python -m services.township`: the service of a township, settings by environment."""

import uvloop

from services.runtime.settings import Settings
from services.township.service import run

if __name__ == "__main__":
    uvloop.run(run(Settings(tier="township")))  # pyright: ignore[reportCallIssue]
