"""Who acts, as the token names them and in casework's words."""

from services.casework.actor import Actor as Person
from services.runtime.tokens import Actor


def person(actor: Actor) -> Person:
    """Whom the token names."""
    return Person(actor.subject, actor.unit, actor.department, actor.roles)  # type: ignore[arg-type]
