"""`python -m services.portal`: the live board and public tracking, settings by environment."""

import uvloop

from services.portal.service import run
from services.portal.settings import PortalSettings

if __name__ == "__main__":
    uvloop.run(run(PortalSettings()))  # pyright: ignore[reportCallIssue]
