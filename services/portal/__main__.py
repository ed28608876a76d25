"""`python -m services.portal`: the live board and public tracking, settings by environment."""

from services.portal.service import run
from services.portal.settings import PortalSettings
from services.runtime import starting

if __name__ == "__main__":
    starting.run(run, PortalSettings)
