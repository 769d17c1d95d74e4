"""docker-compose.yml is valid by the Compose schema, holds no secret, and names only what exists."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

import jsonschema
import pytest
import yaml

from bot.settings import Settings
from tests.needs import ROOT
from tests.support.images import HOME, RASA, Stage, read_stages

TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
STAGES = read_stages()
OUTSIDE = re.compile(r"(?:python:(3\.\d+)-slim-bookworm|node:\d+-bookworm-slim)")  # one Debian for all


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The file as Compose reads it."""
    loaded = yaml.safe_load(TEXT)
    assert isinstance(loaded, dict)
    return loaded


def schema() -> Any:
    """The Compose schema, as check-jsonschema carries it."""
    vendored = resources.files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json")
    return json.loads(vendored.read_text(encoding="utf-8"))


def test_it_is_valid_by_the_compose_schema(compose: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(schema()).validate(compose)


def test_the_schema_would_notice_a_mistake(compose: dict[str, Any]) -> None:
    wrong = {**compose, "services": {**compose["services"], "web": {"replicas": 2}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema()).validate(wrong)


def test_a_city_has_two_webs_two_workers_and_one_clock(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert {"db", "redis", "web", "worker", "scheduler", "migrate"} <= services.keys()
    assert services["web"]["deploy"]["replicas"] == 2
    assert services["worker"]["deploy"]["replicas"] == 2
    assert "deploy" not in services["scheduler"]


def test_every_secret_comes_from_outside(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for setting, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|TOKEN", setting):
                assert str(value).startswith("${"), f"{name}: {setting}"
            assert not re.search(r"://[^/@:]+:[^$/@][^@]*@", str(value)), f"{name}: {setting}"


def test_every_setting_is_one_of_the_bots(compose: dict[str, Any]) -> None:
    known = {f"LINAN_{field}".upper() for field in Settings.model_fields}
    assert compose["x-bot"]["environment"].keys() <= known


def test_services_wait_for_a_healthy_database_and_the_migration(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name in ("web", "worker", "teacher", "scheduler"):
        waits = services[name]["depends_on"]
        assert waits["migrate"]["condition"] == "service_completed_successfully"
        for server in ("db", "redis"):
            assert waits[server]["condition"] == "service_healthy"
            assert services[server]["healthcheck"]["test"]


def test_every_volume_and_build_target_exists(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert {mount.split(":")[0] for mount in service.get("volumes", [])} <= compose["volumes"].keys()
        if "build" in service:
            assert service["build"]["target"] in STAGES


def test_an_image_has_one_name_and_one_target(compose: dict[str, Any]) -> None:
    built = {(s["image"], s["build"]["target"]) for s in compose["services"].values() if "build" in s}
    assert built == {("linan", "app"), ("linan-teacher", "teacher")}
    assert list(STAGES)[-1] == "app"  # what is built where no target is named


def test_one_worker_and_the_one_shot_training_have_rasa(compose: dict[str, Any]) -> None:
    services = compose["services"]
    with_rasa = {name for name, service in services.items() if "build" in service and has_rasa(service)}
    assert with_rasa == {"teacher", "train"}
    assert services["teacher"]["command"] == services["worker"]["command"]
    assert services["teacher"]["volumes"] == services["train"]["volumes"] == services["worker"]["volumes"]
    assert "profiles" not in services["teacher"]
    assert services["train"]["profiles"] == ["train"]


def has_rasa(service: dict[str, Any]) -> bool:
    return any(f"{HOME}/{RASA}" in copy.sources for s in lineage(service["build"]["target"]) for copy in s.copies)


def lineage(name: str) -> list[Stage]:
    """The stage and those it is built on."""
    stage = STAGES.get(name)
    return [stage, *lineage(stage.base)] if stage is not None else []


def test_the_image_copies_only_what_is_there_and_sent() -> None:
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    copies = [copy for stage in STAGES.values() for copy in stage.copies if not copy.stage]
    assert copies
    for source in (source for copy in copies for source in copy.sources):
        assert (ROOT / source).exists(), source
        assert f"!{source.split('/')[0]}" in sent, source


def test_every_stage_takes_from_earlier_ones_what_they_have() -> None:
    earlier: dict[str, Stage] = {}
    for stage in STAGES.values():
        assert stage.base in earlier or OUTSIDE.fullmatch(stage.base), stage.base
        for copy in (copy for copy in stage.copies if copy.stage):
            for source in copy.sources:
                assert made_in(earlier[copy.stage], source), f"{stage.name}: {source}"
        earlier[stage.name] = stage


def made_in(stage: Stage, path: str) -> bool:
    """Whether its own lines speak of it, or it belongs to the Python of its base."""
    if path.startswith("/usr/local/"):
        version = re.search(r"python(\d\.\d+)", path)
        base = OUTSIDE.fullmatch(stage.base)
        return version is not None and base is not None and version[1] == base[1]
    folder = re.findall(r"^WORKDIR (\S+)$", stage.body, re.MULTILINE)[0]
    inside = path.removeprefix(folder).strip("/")
    said = stage.body.replace("npm ci", "npm ci > node_modules")
    return path.startswith(folder) and (not inside or inside in said)


def test_the_teacher_has_the_interpreter_that_rasas_environment_links_to() -> None:
    linked = re.search(rf"uv venv --python (\S+) {re.escape(RASA)}", STAGES["rasa"].body)
    assert linked is not None, "without a name uv links to `python`, which is another one in the teacher"
    copied = {source: copy.target for copy in STAGES["teacher"].copies for source in copy.sources}
    assert copied[linked[1]] == f"{linked[1].rpartition('/')[0]}/"
    version = linked[1].rpartition("python")[2]
    assert copied[f"/usr/local/lib/python{version}"] == f"/usr/local/lib/python{version}"
    assert copied[f"/usr/local/lib/libpython{version}.so.1.0"] == "/usr/local/lib/"
    assert STAGES["teacher"].body.rindex("USER linan") > STAGES["teacher"].body.rindex("USER root")


def test_the_example_of_settings_names_every_needed_one_and_holds_none() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    for needed in set(re.findall(r"\$\{(\w+):\?", TEXT)):
        assert re.search(rf"^{needed}=$", example, re.MULTILINE), needed
