"""Base64url without padding (RFC 4648 §5), strict in reading: one text for one value."""

from base64 import b64decode, urlsafe_b64encode


def encode(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of `text`.

    Raises `ValueError` for padding, foreign characters and stray bits in the last character: two texts
    for one value would be two digests for one record.
    """
    value = b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if encode(value) != text:
        raise ValueError("not canonical base64url")
    return value
