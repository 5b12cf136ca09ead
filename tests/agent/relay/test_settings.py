"""The sandbox's environment variables."""

from pathlib import Path

import pytest
from researchfleet_agent.settings import Address, Settings, SettingsError, variables

DOCS = Path(__file__).parents[3] / "docs" / "sandbox.md"


def test_what_is_not_set_has_the_value_of_the_contract():
    settings = Settings.from_environment({"UNRELATED": "x"})
    assert settings.upstream == Path("/run/hub.sock")
    assert settings.relay == Address("127.0.0.1", 8711)
    assert (settings.workspace, settings.students) == (Path("/workspace"), Path("/students"))


def test_values_are_read():
    settings = Settings.from_environment(
        {
            "RESEARCHFLEET_UPSTREAM": "http://10.0.0.7:8080",
            "RESEARCHFLEET_SEED": "41",
            "RESEARCHFLEET_DIRECTION": "try\nboth",
            "RESEARCHFLEET_WORKSPACE": "/w",
        }
    )
    assert settings.upstream == Address("10.0.0.7", 8080)
    assert (settings.seed, settings.direction, settings.workspace) == (41, "try\nboth", Path("/w"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RESEARCHFLEET_UPSTREAM", "https://hub"),
        ("RESEARCHFLEET_UPSTREAM", "unix:relative.sock"),
        ("RESEARCHFLEET_RELAY", "8711"),
        ("RESEARCHFLEET_RELAY", "127.0.0.1:0"),
        ("RESEARCHFLEET_TOKEN_FD", "1"),
        ("RESEARCHFLEET_RESEARCHER", "someone"),
        ("RESEARCHFLEET_SEED", "-1"),
        ("RESEARCHFLEET_SEED", "1.5"),
        ("RESEARCHFLEET_STUDENT", "../labels"),
        ("RESEARCHFLEET_EXPERIMENT_SEEDS", "17"),
        ("RESEARCHFLEET_RUN_SECONDS", "0"),
        ("RESEARCHFLEET_WORKSPACE", "here"),
    ],
)
def test_a_bad_value_is_told_with_its_variable_and_what_is_allowed(name, value):
    with pytest.raises(SettingsError, match=rf"^{name}: .* is not allowed \(.+\)$") as told:
        Settings.from_environment({name: value})
    assert repr(value) in str(told.value)


def test_a_variable_that_is_needed_and_missing_is_named():
    with pytest.raises(SettingsError, match="RESEARCHFLEET_AGENT is not set"):
        Settings.from_environment({"RESEARCHFLEET_AGENT": ""}, needs=("RESEARCHFLEET_AGENT",))


def test_every_variable_is_documented():
    text = DOCS.read_text()
    assert [one.name for one in variables().values() if f"`{one.name}`" not in text] == []
