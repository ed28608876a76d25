"""How the office says no: one error with a stable code, a sentence in both languages and the state of the case."""

from services.casework.case import Case
from services.casework.describe import Json, describe
from services.casework.sentences import SENTENCES, Phrase


class Refusal(Exception):
    """An act that may not be done. `zh` and `en` say what to do next; `state` is the case as it now is, None when
    there is none or the asker may not know it. Nothing personal is in any of them."""

    def __init__(self, code: str, zh: str, en: str, state: Json | None) -> None:
        super().__init__(f"{code}: {en}")
        self.code = code
        self.zh = zh
        self.en = en
        self.state = state


class NotFound(Refusal):
    """The unit never had this case (HTTP 404)."""


class Forbidden(Refusal):
    """The person lacks the role (HTTP 403)."""


class Conflict(Refusal):
    """The state of the case forbids it: it moved on, or somebody else did it (HTTP 409)."""


class Unlawful(Refusal):
    """What is asked for breaks a rule, whoever asks and whenever (HTTP 422)."""


def not_found(code: str, **said: Phrase) -> NotFound:
    return NotFound(code, *_sentence(code, said), None)


def forbidden(code: str, case: Case | None, **said: Phrase) -> Forbidden:
    return Forbidden(code, *_sentence(code, said), describe(case) if case else None)


def conflict(code: str, case: Case, **said: Phrase) -> Conflict:
    return Conflict(code, *_sentence(code, said), describe(case))


def unlawful(code: str, case: Case | None, **said: Phrase) -> Unlawful:
    return Unlawful(code, *_sentence(code, said), describe(case) if case else None)


def _sentence(code: str, said: dict[str, Phrase]) -> tuple[str, str]:
    """Each value is the same word in both languages, or a pair (Chinese, English)."""
    zh = {name: value if isinstance(value, str) else value[0] for name, value in said.items()}
    en = {name: value if isinstance(value, str) else value[1] for name, value in said.items()}
    chinese, english = SENTENCES[code]
    return chinese.format_map(zh), english.format_map(en)
