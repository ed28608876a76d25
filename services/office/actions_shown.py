"""What a person may do with a case, as JSON. Each answer to an act has some forty of them, most of them refusals that
others get in the same words, so what is made once is kept."""

import orjson

from services.casework.actions import Action

KEPT = 4096
_made: dict[tuple[object, ...], orjson.Fragment] = {}


def action_json(action: Action) -> orjson.Fragment:
    """`{act, possible}`, and for one that is not possible why: `{code, detail, detail_zh}`."""
    refusal = action.refusal
    # Code and what fills the places say the sentence in both languages.
    key = (action.name,) if refusal is None else (action.name, refusal.code, refusal.said)
    if (found := _made.get(key)) is None:
        if len(_made) >= KEPT:
            _made.clear()
        said: dict[str, object] = {"act": action.name, "possible": refusal is None}
        if refusal is not None:
            said |= {"code": refusal.code, "detail": refusal.en, "detail_zh": refusal.zh}
        found = _made[key] = orjson.Fragment(orjson.dumps(said))
    return found
