"""Settings of the portal beside those of every service."""

from typing import Annotated

from pydantic import Field

from services.runtime.settings import Settings


class PortalSettings(Settings):
    notice: Annotated[str, Field(max_length=1000)] = ""
    """Shown under the board wherever its figures are: whose data they are, and what about them is ours."""
