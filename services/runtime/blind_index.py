"""The blind index: finds the same person's cases without storing who the person is."""

import hmac
import unicodedata

from services.runtime.keys import UnitKeys, derive


def blind(keys: UnitKeys, document_number: str) -> bytes:
    """HMAC-SHA256 of the document number as a person means it: NFKC, upper case, no spaces.

    Under a key of the unit, because document numbers are few enough to be tried one after another.
    """
    meant = "".join(unicodedata.normalize("NFKC", document_number).upper().split())
    return hmac.digest(derive(keys.wrapping, "blind-index.v1"), meant.encode(), "sha256")
