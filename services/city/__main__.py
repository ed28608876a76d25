"""`python -m services.city`: the service of a city, settings by environment."""

from services.city.service import run
from services.runtime import starting
from services.runtime.settings import Settings

if __name__ == "__main__":
    starting.run(run, Settings, tier="city")
