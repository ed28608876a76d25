"""`python -m services.township`: the service of a township, settings by environment."""

from services.runtime import starting
from services.runtime.settings import Settings
from services.township.service import run

if __name__ == "__main__":
    starting.run(run, Settings, tier="township")
