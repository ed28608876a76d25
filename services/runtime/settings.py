"""Settings of a service, from the environment (`SANJI_…`), checked at start."""

from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr, TypeAdapter, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from contracts.fields import Tier, UnitCode
from contracts.topics import Topics

_UNITS = TypeAdapter(tuple[UnitCode, ...])


def _words(value: object) -> object:
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _units(value: object) -> tuple[str, ...]:
    return _UNITS.validate_python(_words(value))


_ADDRESSES: TypeAdapter[tuple[tuple[str, str], ...]] = TypeAdapter(
    tuple[
        tuple[
            Annotated[str, Field(pattern=r"^[0-9]{2,12}$")],
            Annotated[str, Field(pattern=r"^https?://[^\s/]\S*$")],
        ],
        ...,
    ]
)


def _addresses(value: object) -> tuple[tuple[str, str], ...]:
    if isinstance(value, str):
        value = tuple(word.partition("=")[::2] for word in value.replace(",", " ").split())
    return _ADDRESSES.validate_python(value)


class Settings(BaseSettings):
    """One running service. Secrets come from the environment or from files named here, never from the tree."""

    model_config = SettingsConfigDict(env_prefix="SANJI_", env_ignore_empty=True, frozen=True, extra="ignore")

    service: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
    """This program's own name, for consumer groups, dead letters, the marker file and logs."""
    tier: Tier | None = None
    """Of the units hosted here; none for the portal."""
    units: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_units)] = ()
    """The units hosted here, separated by commas; `portal` for the portal."""
    root_unit: UnitCode = "340400"
    """The city: the only unit that may assume custody."""
    database: SecretStr
    """postgresql:// address of this service's own database."""
    database_pool: Annotated[int, Field(ge=2, le=100)] = 10
    database_statement_cache: Annotated[int, Field(ge=0)] = 200
    """0 behind pgbouncer in transaction mode."""
    clock_tolerance: Annotated[float, Field(gt=0)] = 300.0
    """Seconds by which this machine's clock and the database's may differ when the service starts."""
    kafka: str
    """Bootstrap servers, separated by commas."""
    kafka_user: str | None = None
    kafka_password: SecretStr | None = None
    topic_prefix: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{0,60}$")] = ""
    keys: Path
    """Folder with the keys of the units hosted here."""
    issuer_keys: Path
    """JWKS file with the public keys of whoever signs tokens."""
    state: Path
    """Folder for the restart marker, on storage that outlives the database and all processes of the service see."""
    papers: Annotated[str, Field(pattern=r"^(/|s3://)\S+$")] | None = None
    """Where papers are kept, sealed: an absolute folder that all processes of the service see, or `s3://bucket/prefix`
    with its secrets in the environment (`AWS_…`). Unless said, the folder `papers/SERVICE` in `state`."""
    paper_bytes: Annotated[int, Field(ge=64 * 1024, le=1024**3)] = 32 * 1024 * 1024
    """The largest scan that is taken."""
    offices: Annotated[tuple[tuple[str, str], ...], NoDecode, BeforeValidator(_addresses)] = ()
    """Where other offices' services are, from which papers of a case come: `340406=http://district:8000`, separated by
    commas, each for all units whose codes begin so; of those that fit, the longest, and if these are several, each in
    turn. Without any, papers made elsewhere stay there."""
    offices_token: SecretStr | None = None
    """An operator's token, with which they are asked."""
    witnesses: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)] = ()
    """Addresses (http://…) of all services and the portal that may have heard this one, separated by commas: they are
    asked what it had said when its database was restored beside another Kafka (protocol B4)."""
    witness_token: SecretStr | None = None
    """An operator's token, with which the witnesses are asked."""
    portal: Annotated[str, Field(pattern=r"^https?://[^\s/]\S*$")] | None = None
    """Address (http://…) of the portal, which is asked for a case that a unit here orders another to account for and
    that was never here (protocol I4). Without it such an order is refused."""
    portal_token: SecretStr | None = None
    """An operator's token, with which the portal is asked."""
    tracking: Annotated[str, Field(pattern=r"^https?://[^\s#]+$", max_length=200)] | None = None
    """Public address (https://…/track) where applicants follow their cases: it stands as a QR code on receipts, with
    number and query code behind `#`, which no server sees."""
    webhook_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)] = ()
    """Hosts to which events may be sent for subscribers without Kafka, separated by commas. Without any there are no
    webhooks."""
    restored_override: Annotated[str, Field(max_length=500)] = ""
    """The operator's reason to let a database speak that was restored beside another Kafka, where nobody can tell what
    it had said (protocol B4); for one start only."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    log_level: str = "info"
    code_memory_kib: Annotated[int, Field(ge=64)] = 19 * 1024
    code_passes: Annotated[int, Field(ge=1)] = 2
    """Cost of the query code's argon2id."""
    consultation_days: Annotated[int, Field(ge=1, le=3650)] = 7
    """Working days to answer a consultation in, unless the question says otherwise."""
    https: bool = True
    """Browsers send the cookie of who is signed in over HTTPS alone; false only where nobody but this machine asks."""
    session_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 30
    """After so long without a request whoever is signed in has to sign in again."""
    session_hours: Annotated[int, Field(ge=1, le=7 * 24)] = 12
    """After so long in any case."""
    stop_seconds: Annotated[float, Field(gt=0)] = 20.0
    """How long a stop waits for acts in flight and for the relay."""

    @model_validator(mode="after")
    def _witnesses_are_asked_with_a_token(self) -> "Settings":
        if self.witnesses and self.witness_token is None:
            raise ValueError("SANJI_WITNESSES needs SANJI_WITNESS_TOKEN, an operator's token (sanji token)")
        return self

    @model_validator(mode="after")
    def _the_portal_is_asked_with_a_token(self) -> "Settings":
        if self.portal is not None and self.portal_token is None:
            raise ValueError("SANJI_PORTAL needs SANJI_PORTAL_TOKEN, an operator's token (sanji token)")
        return self

    @model_validator(mode="after")
    def _offices_are_asked_with_a_token(self) -> "Settings":
        if self.offices and self.offices_token is None:
            raise ValueError("SANJI_OFFICES needs SANJI_OFFICES_TOKEN, an operator's token (sanji token)")
        return self

    @cached_property
    def topics(self) -> Topics:
        return Topics(self.topic_prefix)

    @cached_property
    def papers_in(self) -> str:
        return self.papers or str(self.state.absolute() / "papers" / self.service)

    @cached_property
    def papers_on_their_way(self) -> Path:
        """Where what came of a paper lies until it is whole."""
        return self.state.absolute() / "papers-on-their-way" / self.service

    @cached_property
    def hosted(self) -> frozenset[str]:
        return frozenset(self.units)
