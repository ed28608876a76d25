"""How a command fails: what went wrong and what to do next, on standard error, and an exit code."""

import contextlib
from collections.abc import Iterator
from typing import NoReturn

import asyncpg
import httpx
import typer
from aiokafka.errors import KafkaError
from pydantic import ValidationError
from rich.console import Console

from deploy.local.errors import LocalError
from services.cli.replay.logs import LogInvalid
from services.cli.replay.mapping import MapInvalid
from services.cli.replay.send import NoAnswer, Refused
from services.cli.replay.units import UnitsLacking
from services.cli.verify.sources import SourceFailed
from services.runtime.keys import KeysDamaged
from services.runtime.secret_files import SecretFileError

CANNOT = 2
"""Exit code of a command that could not do its work; 1 is for work whose result is bad."""


class Cannot(Exception):
    """What hinders a command, and what to do next; said as it stands."""


KNOWN = (
    Cannot, LocalError, LogInvalid, MapInvalid, UnitsLacking, Refused, NoAnswer, SourceFailed, SecretFileError,
    KeysDamaged,
)  # fmt: skip


@contextlib.contextmanager
def plainly() -> Iterator[None]:
    """Known troubles become one message and exit code 2; any other error is a mistake of ours and shows itself."""
    try:
        yield
    except KNOWN as error:
        _end(str(error))
    except ValidationError as error:
        _end("\n".join(_setting(one) for one in error.errors(include_url=False, include_input=False)))
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        _end(f"The database refuses: {error}. Is it the database of a service, and has that service run once?")
    except (httpx.TransportError, KafkaError, OSError, TimeoutError) as error:
        _end(f"{type(error).__name__}: {error}. Is it running, and is the address right?")


def _setting(error: "object") -> str:
    match error:
        case {"loc": tuple(place), "msg": str(message)}:
            name = ".".join(map(str, place))
            return f"SANJI_{name.upper()}: {message}. Set it in the environment."
        case _:
            return str(error)


def _end(words: str) -> NoReturn:
    Console(stderr=True).print(words, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(CANNOT)
