import pytest

from bot.directory import read_person

MEMBER = {"id": "U1", "team_id": "T1", "locale": "zh-CN", "tz": "Asia/Shanghai"}


def test_a_member_is_neither_guest_nor_external():
    person = read_person(MEMBER, "T1")

    assert (person.locale, person.tz) == ("zh-CN", "Asia/Shanghai")
    assert (person.is_guest, person.is_external, person.is_admin) == (False, False, False)


@pytest.mark.parametrize("flag", ["is_restricted", "is_ultra_restricted"])
def test_both_kinds_of_guests_are_guests(flag: str):
    assert read_person({**MEMBER, flag: True}, "T1").is_guest


@pytest.mark.parametrize("said", [{"team_id": "T2"}, {"is_stranger": True}])
def test_people_of_other_organisations_are_external(said: dict):
    assert read_person({**MEMBER, **said}, "T1").is_external


def test_a_colleague_of_the_same_grid_is_not_external():
    said = {"team_id": "E1", "enterprise_user": {"teams": ["T1", "T2"]}}

    assert not read_person({**MEMBER, **said}, "T1").is_external


def test_owners_count_as_admins():
    assert read_person({**MEMBER, "is_owner": True}, "T1").is_admin
