"""`python -m services.district`: the service of a district, settings by environment."""

from services.district.service import run
from services.runtime import starting
from services.runtime.settings import Settings

if __name__ == "__main__":
    starting.run(run, Settings, tier="district")
