"""`sanji serve`."""

import runpy
from enum import StrEnum
from typing import Annotated

import typer

from services.cli.refusing import plainly


class Service(StrEnum):
    CITY = "city"
    DISTRICT = "district"
    TOWNSHIP = "township"
    PORTAL = "portal"


def command(service: Annotated[Service, typer.Argument(help="Which of the four programs.")]) -> None:
    """Run a service in this process until Ctrl-C; its settings are read from the environment (SANJI_…).

    The same as `python -m services.<name>`.
    """
    with plainly():
        runpy.run_module(f"services.{service.value}", run_name="__main__")
