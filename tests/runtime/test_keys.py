"""A unit's keys, in a folder outside the database."""

import os
from pathlib import Path

import pytest

from contracts.reference import UnitOpened
from services.runtime.keys import (
    KeysDamaged,
    anchor_key,
    derive,
    load_unit_keys,
    make_unit_keys,
    public_keys,
    sealing_key,
)
from services.runtime.secret_files import SecretExists, SecretExposed, SecretMissing

UNIT = "340405101"


def test_keys_that_were_made_are_the_keys_that_are_loaded(tmp_path: Path) -> None:
    made = make_unit_keys(tmp_path / "keys", UNIT)
    loaded = load_unit_keys(tmp_path / "keys", UNIT)
    assert loaded.wrapping == made.wrapping
    assert public_keys(loaded) == public_keys(made)


def test_only_the_owner_can_read_the_keys(tmp_path: Path) -> None:
    make_unit_keys(tmp_path / "keys", UNIT)
    (file,) = (tmp_path / "keys").iterdir()
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_unit_that_has_keys_gets_no_others(tmp_path: Path) -> None:
    made = make_unit_keys(tmp_path, UNIT)
    with pytest.raises(SecretExists, match="move it away yourself"):
        make_unit_keys(tmp_path, UNIT)
    assert load_unit_keys(tmp_path, UNIT).wrapping == made.wrapping
    assert len(list(tmp_path.iterdir())) == 1


def test_missing_keys_say_which_command_makes_them(tmp_path: Path) -> None:
    with pytest.raises(SecretMissing, match=f"sanji keys {UNIT}"):
        load_unit_keys(tmp_path, UNIT)


def test_keys_that_others_can_read_are_not_used(tmp_path: Path) -> None:
    make_unit_keys(tmp_path, UNIT)
    (file,) = tmp_path.iterdir()
    file.chmod(0o644)
    with pytest.raises(SecretExposed, match="chmod 600"):
        load_unit_keys(tmp_path, UNIT)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"unit": 1}', '{"unit": "340405101", "sealing": "AA"}', "\xff"])
def test_a_damaged_key_file_is_said_to_be_damaged(tmp_path: Path, content: str) -> None:
    make_unit_keys(tmp_path, UNIT)
    (file,) = tmp_path.iterdir()
    file.write_bytes(content.encode("latin-1"))
    with pytest.raises(KeysDamaged):
        load_unit_keys(tmp_path, UNIT)


def test_a_key_file_of_another_unit_is_not_taken(tmp_path: Path) -> None:
    make_unit_keys(tmp_path, UNIT)
    (file,) = tmp_path.iterdir()
    os.rename(file, tmp_path / file.name.replace(UNIT, "340405102"))
    with pytest.raises(KeysDamaged, match=UNIT):
        load_unit_keys(tmp_path, "340405102")


@pytest.mark.parametrize("unit", ["", "../340405101", "a/b", ".", "340405101\n"])
def test_a_unit_code_is_no_way_out_of_the_folder(tmp_path: Path, unit: str) -> None:
    with pytest.raises(ValueError, match="unit code"):
        make_unit_keys(tmp_path, unit)


def test_the_public_keys_are_what_an_opened_unit_carries(tmp_path: Path) -> None:
    keys = make_unit_keys(tmp_path, UNIT)
    public = public_keys(keys)
    opened = UnitOpened(
        code=UNIT, name="便民服务点", tier="township", sealing_key=public.sealing, anchor_key=public.anchor
    )
    assert sealing_key(opened.sealing_key) == keys.sealing.public_key()
    assert anchor_key(opened.anchor_key) == keys.anchor.public_key()


def test_no_secret_shows_in_a_traceback_or_a_log(tmp_path: Path) -> None:
    keys = make_unit_keys(tmp_path, UNIT)
    assert repr(keys) == f"UnitKeys(unit={UNIT!r})"


def test_keys_for_two_purposes_have_nothing_in_common() -> None:
    secret = bytes(32)
    assert derive(secret, "a") == derive(secret, "a")
    assert len({secret, derive(secret, "a"), derive(secret, "b")}) == 3
