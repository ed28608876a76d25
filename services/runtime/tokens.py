"""Who is asking: a signed token (JWT, RFC 7519, signed with Ed25519) names a person, a unit and roles.

Checking a signature takes 130 µs, more than the rest of an act's way through HTTP, so what was checked is
remembered until it expires.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, get_args

from joserfc import jwt
from joserfc.errors import DecodeError, InvalidPayloadError, JoseError
from joserfc.jwk import OKPKey
from pydantic import BaseModel, ConfigDict, Field

from contracts.fields import Code, UnitCode
from services.runtime import base64url

ALGORITHM = "Ed25519"
AUDIENCE = "sanji"
MAX_TOKEN = 4096
"""Characters."""

Role = Literal[
    "agent",
    "clerk",
    "approver",
    "head",
    "government_head",
    "chief_representative",
    "supervisor",
    "catalogue_manager",
    "unit_administrator",
    "integrator",
    "operator",
]
ROLES: frozenset[str] = frozenset(get_args(Role))

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


class Refusal(StrEnum):
    """Why a token is not taken; the stable `code` of the answer, which is always 401."""

    MISSING = "token_missing"
    MALFORMED = "token_malformed"
    FORGED = "token_forged"
    EXPIRED = "token_expired"
    AUDIENCE = "token_audience"


SENTENCES: Mapping[Refusal, tuple[str, str]] = {
    Refusal.MISSING: ("Sign in: this request carries no bearer token.", "请先登录：请求中没有令牌。"),
    Refusal.MALFORMED: ("This token cannot be read. Sign in again.", "令牌无法识别，请重新登录。"),
    Refusal.FORGED: ("This token was not signed by our issuer. Sign in again.", "令牌签名无效，请重新登录。"),
    Refusal.EXPIRED: ("This token is not valid at this time. Sign in again.", "令牌已过期或尚未生效，请重新登录。"),
    Refusal.AUDIENCE: ("This token is meant for another system. Sign in here.", "令牌属于其他系统，请在本系统登录。"),
}
"""English and Chinese, for people."""


class TokenRefused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        self.detail, self.detail_zh = SENTENCES[refusal]
        super().__init__(refusal.value)


@dataclass(frozen=True, slots=True)
class Actor:
    """Acts for `unit` only. `subject` is the staff number that events carry."""

    subject: str
    unit: str
    department: str | None
    roles: frozenset[str]


class _Header(BaseModel):
    """Checked before the library sees it: a header of other shapes makes it raise what it does not announce."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    alg: Annotated[str, Field(strict=True)]
    kid: Annotated[str, Field(strict=True)] = ""
    typ: Annotated[str, Field(strict=True)] = "JWT"


class _Claims(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    iss: Annotated[str, Field(strict=True, min_length=1)]
    aud: Annotated[str, Field(strict=True)] | Annotated[list[str], Field(strict=True)]
    sub: Code
    unit: UnitCode
    dept: Code | None = None
    roles: Annotated[list[Role], Field(strict=True, max_length=len(ROLES))]
    exp: Annotated[int, Field(strict=True)]
    nbf: Annotated[int, Field(strict=True)] | None = None


def bearer(authorization: str | None) -> str:
    """The token of an `Authorization` header. Raises `TokenRefused`."""
    if not authorization:
        raise TokenRefused(Refusal.MISSING)
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenRefused(Refusal.MALFORMED)
    return token.strip(" ")


class Verifier:
    """Checks tokens against the issuer's public keys by `kid`. `leeway` in seconds, `clock` in seconds since 1970."""

    def __init__(
        self,
        keys: Mapping[str, OKPKey],
        *,
        audience: str = AUDIENCE,
        leeway: int = 30,
        capacity: int = 10_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = dict(keys)
        self._audience = audience
        self._leeway = leeway
        self._capacity = capacity
        self._clock = clock
        self._known: dict[str, tuple[Actor, float]] = {}

    def __len__(self) -> int:
        """How many tokens are remembered."""
        return len(self._known)

    def verify(self, token: str) -> Actor:
        """The person behind `token`. Raises `TokenRefused`."""
        now = self._clock()
        known = self._known.get(token)
        if known is not None:
            actor, until = known
            if now < until:
                return actor
            del self._known[token]
            raise TokenRefused(Refusal.EXPIRED)
        claims = self._signed_claims(token)
        if self._audience not in ([claims.aud] if isinstance(claims.aud, str) else claims.aud):
            raise TokenRefused(Refusal.AUDIENCE)
        until = claims.exp + self._leeway
        if now >= until or (claims.nbf is not None and now < claims.nbf - self._leeway):
            raise TokenRefused(Refusal.EXPIRED)
        actor = Actor(claims.sub, claims.unit, claims.dept, frozenset(claims.roles))
        self._remember(token, actor, until)
        return actor

    def _signed_claims(self, token: str) -> _Claims:
        if len(token) > MAX_TOKEN or not _COMPACT.fullmatch(token):
            raise TokenRefused(Refusal.MALFORMED)
        try:
            header = _Header.model_validate_json(base64url.decode(token.partition(".")[0]))
            if header.alg != ALGORITHM or header.kid not in self._keys:
                raise TokenRefused(Refusal.FORGED)
            return _Claims.model_validate(jwt.decode(token, self._keys[header.kid], algorithms=[ALGORITHM]).claims)
        except (DecodeError, InvalidPayloadError, ValueError, RecursionError):
            raise TokenRefused(Refusal.MALFORMED) from None
        except JoseError:
            raise TokenRefused(Refusal.FORGED) from None

    def _remember(self, token: str, actor: Actor, until: float) -> None:
        """The oldest goes first; only what our issuer signed gets here, so nobody else can flush it."""
        while len(self._known) >= self._capacity:
            del self._known[next(iter(self._known))]
        self._known[token] = (actor, until)
