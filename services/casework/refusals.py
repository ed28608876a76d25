"""How the office says no: one error with a stable code, a sentence in both languages and the state of the case."""

from collections.abc import Iterable

from services.casework.case import Case
from services.casework.describe import Json, describe
from services.casework.names import named_roles
from services.casework.sentences import SENTENCES, Phrase


class Refusal(Exception):
    """An act that may not be done. Nothing personal is in it.

    Sentence and state are made when somebody reads them: for one case, twenty acts are asked whether they are
    possible, and most answers are a refusal that only its code is read of.
    """

    def __init__(self, code: str, case: Case | None, **said: Phrase) -> None:
        super().__init__(code)
        self.code = code
        self._case = case
        self._said = said

    @property
    def said(self) -> tuple[tuple[str, Phrase], ...]:
        """What fills the places of its sentence: with `code` it says which sentence in both languages it is."""
        return tuple(self._said.items())

    @property
    def zh(self) -> str:
        """What is so and what to do next, in Chinese."""
        words = {name: value if isinstance(value, str) else value[0] for name, value in self._said.items()}
        return SENTENCES[self.code][0].format_map(words)

    @property
    def en(self) -> str:
        """The same in English."""
        words = {name: value if isinstance(value, str) else value[1] for name, value in self._said.items()}
        return SENTENCES[self.code][1].format_map(words)

    @property
    def state(self) -> Json | None:
        """The case as it now is; None when there is none or the asker may not know it."""
        return describe(self._case) if self._case else None

    def __str__(self) -> str:
        return f"{self.code}: {self.en}"


class NotFound(Refusal):
    """The unit never had this case (HTTP 404)."""


class Forbidden(Refusal):
    """The person lacks the role (HTTP 403)."""


class Conflict(Refusal):
    """The state of the case forbids it: it moved on, or somebody else did it (HTTP 409)."""


class Unlawful(Refusal):
    """What is asked for breaks a rule, whoever asks and whenever (HTTP 422)."""


def not_found(code: str, **said: Phrase) -> NotFound:
    return NotFound(code, None, **said)


def role_missing(roles: Iterable[str], case: Case | None = None) -> Forbidden:
    """Of whoever has none of these roles."""
    return Forbidden("role_missing", case, roles=named_roles(roles))


def forbidden(code: str, case: Case | None, **said: Phrase) -> Forbidden:
    return Forbidden(code, case, **said)


def conflict(code: str, case: Case, **said: Phrase) -> Conflict:
    return Conflict(code, case, **said)


def unlawful(code: str, case: Case | None, **said: Phrase) -> Unlawful:
    return Unlawful(code, case, **said)
