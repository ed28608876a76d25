"""The issuer of tokens: one Ed25519 key that signs, and the JWKS file (RFC 7517) by which services check."""

import json
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import BaseModel, Field

from contracts.fields import PublicKey
from services.runtime.keys import KeysDamaged
from services.runtime.secret_files import SecretMissing, read_secret, write_secret
from services.runtime.tokens import ALGORITHM, AUDIENCE, ROLES, Actor

PRIVATE_FILE = "issuer.key.json"
PUBLIC_FILE = "jwks.json"


@dataclass(frozen=True, slots=True)
class Issuer:
    kid: str
    key: OKPKey = field(repr=False)


class _Jwk(BaseModel):
    """Only the public part is read."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: PublicKey
    kid: Annotated[str, Field(strict=True, min_length=1)]


class _Jwks(BaseModel):
    keys: Annotated[list[_Jwk], Field(min_length=1)]


def make_issuer(folder: Path) -> Issuer:
    """Make an issuer's key in `folder` and the JWKS beside it. Raises `SecretExists` when there is one."""
    key = OKPKey.generate_key("Ed25519", {"alg": ALGORITHM, "use": "sig"}, auto_kid=True)
    write_secret(folder / PRIVATE_FILE, json.dumps(key.as_dict(private=True)).encode())
    return load_issuer(folder)


def load_issuer(folder: Path) -> Issuer:
    """The issuer kept in `folder`; writes its JWKS if that is not there.

    Raises `SecretMissing`, `SecretExposed`, `KeysDamaged`.
    """
    content = read_secret(folder / PRIVATE_FILE)
    try:
        key = OKPKey.import_key(json.loads(content))
        kid = key.kid
        if kid is None or not key.is_private:
            raise ValueError("no kid or no private part")
    except (ValueError, TypeError, KeyError, JoseError) as error:
        raise KeysDamaged(f"{folder / PRIVATE_FILE} is damaged. Move it away and make a new issuer.") from error
    if not (folder / PUBLIC_FILE).exists():
        _publish(key, folder / PUBLIC_FILE)
    return Issuer(kid, key)


def read_issuer_keys(jwks: Path) -> dict[str, OKPKey]:
    """The public keys by kid. A file may hold several, so that a key can be replaced while old tokens live.

    Raises `SecretMissing` when there is no file, `KeysDamaged` when it is no JWKS of Ed25519 keys.
    """
    try:
        given = _Jwks.model_validate_json(jwks.read_bytes()).keys
        keys = {key.kid: OKPKey.import_key({"kty": key.kty, "crv": key.crv, "x": key.x}) for key in given}
    except OSError as error:
        raise SecretMissing(f"{jwks}: {error.strerror}. Copy the issuer's {PUBLIC_FILE} there.") from error
    except (ValueError, JoseError) as error:
        raise KeysDamaged(f"{jwks} is no JWKS of Ed25519 keys. Copy the issuer's {PUBLIC_FILE} there again.") from error
    if len(keys) != len(given):
        raise KeysDamaged(f"{jwks} has two keys of one kid. Leave one of them out.")
    return keys


def issue(issuer: Issuer, actor: Actor, *, at: datetime, lifetime: timedelta, audience: str = AUDIENCE) -> str:
    """A token for `actor`, valid from `at` for `lifetime`. Raises `ValueError` for a role that does not exist."""
    if unknown := actor.roles - ROLES:
        raise ValueError(f"unknown roles: {', '.join(sorted(unknown))}")
    claims: dict[str, object] = {
        "iss": "sanji",
        "aud": audience,
        "sub": actor.subject,
        "unit": actor.unit,
        "roles": sorted(actor.roles),
        "iat": int(at.timestamp()),
        "nbf": int(at.timestamp()),
        "exp": int((at + lifetime).timestamp()),
    }
    if actor.department is not None:
        claims["dept"] = actor.department
    return jwt.encode({"alg": ALGORITHM, "kid": issuer.kid}, claims, issuer.key, algorithms=[ALGORITHM])


def _publish(key: OKPKey, path: Path) -> None:
    """Whole or not at all: a service may be starting and reading it."""
    draft = path.with_suffix(f".{os.getpid()}.draft")
    draft.write_text(json.dumps({"keys": [key.as_dict(private=False)]}, indent=1), encoding="ascii")
    draft.replace(path)
