"""`python -m services.city`: the service of a city, settings by environment."""

import uvloop

from services.city.service import run
from services.runtime.settings import Settings

if __name__ == "__main__":
    uvloop.run(run(Settings(tier="city")))  # pyright: ignore[reportCallIssue]
