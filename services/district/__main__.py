"""`python -m services.district`: the service of a district, settings by environment."""

import uvloop

from services.district.service import run
from services.runtime.settings import Settings

if __name__ == "__main__":
    uvloop.run(run(Settings(tier="district")))  # pyright: ignore[reportCallIssue]
