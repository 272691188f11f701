"""What is deployed beside the program: compose file, Prometheus, Grafana."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.api.metrics import Metrics
from app.engine.library.voices import PRESETS
from app.settings import PROJECT, Settings, variable_of
from tests.fakes import Script, scripted_engine

DEPLOY = PROJECT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text(encoding="utf-8"))
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana/dashboards/editx.json").read_text(encoding="utf-8"))
METRIC = re.compile(r"\b(?:editx|audio|process)_[a-z_]+")


@pytest.mark.slow
def test_the_compose_file_is_one() -> None:
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml"]
    done = subprocess.run(checker, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_each_service_has_its_profile_and_the_files_that_it_mounts() -> None:
    services = COMPOSE["services"]
    profiles = {name: service["profiles"] for name, service in services.items()}
    assert profiles == {
        "cpu": ["cpu"],
        "gpu": ["gpu"],
        "prometheus": ["observability"],
        "grafana": ["observability"],
        "caddy": ["proxy"],
    }
    mounts = [volume.split(":")[0] for service in services.values() for volume in service.get("volumes", ())]
    named = {mount for mount in mounts if re.fullmatch(r"[a-z]+", mount)}
    assert named | {"models", "cache"} == COMPOSE["volumes"].keys()
    assert all((PROJECT / mount).exists() for mount in mounts if mount.startswith("./"))


def test_the_service_is_shut_in_and_its_variables_are_settings() -> None:
    known = {variable_of(name) for name in Settings.model_fields}
    for name in ("cpu", "gpu"):
        service = COMPOSE["services"][name]
        assert (service["read_only"], service["cap_drop"], service["tmpfs"]) == (True, ["ALL"], ["/tmp"])
        assert set(service["environment"]) - {"TZ"} <= known
        assert service["build"]["target"] == name


def test_metrics_need_a_key_unless_somebody_says_otherwise() -> None:
    for name in ("cpu", "gpu"):
        assert COMPOSE["services"][name]["environment"]["EDITX_PUBLIC_METRICS"] == "${EDITX_PUBLIC_METRICS:-false}"


def test_nginx_keeps_inside_what_the_service_takes_for_metrics() -> None:
    """Slashes that are doubled are one for it before it looks at its locations."""
    config = (DEPLOY / "proxy/nginx.conf").read_text(encoding="utf-8")
    inside = re.search(r"location ~ (\S+) \{ return 404; \}", config)
    assert inside
    assert [bool(re.search(inside[1], path)) for path in ("/metrics", "/metrics/", "/metricsx")] == [True, True, False]


def exposed(folder: Path) -> set[str]:
    """Names that /metrics has; of those that count by label, too."""
    text = Metrics(scripted_engine(Script(), folder, PRESETS)).text().decode()
    families = dict(re.findall(r"^# TYPE (\S+) (\w+)$", text, re.MULTILINE))
    parts = {"histogram": ("_bucket", "_count", "_sum")}
    return {name + part for name, kind in families.items() for part in parts.get(kind, ("",))}


def test_dashboard_and_alerts_ask_for_metrics_that_there_are(tmp_path: Path) -> None:
    names = exposed(tmp_path)
    rules = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    asked = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    asked += [rule["expr"] for rule in rules]
    assert len(asked) > 20
    assert {metric for expression in asked for metric in METRIC.findall(expression)} <= names


def test_panels_of_the_dashboard_lie_side_by_side() -> None:
    taken = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken
        assert all(x < 24 for x, _ in cells)
        taken |= cells


def test_the_provisioned_data_source_is_the_one_of_the_panels() -> None:
    source = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text(encoding="utf-8"))
    uids = {panel["datasource"]["uid"] for panel in DASHBOARD["panels"]}
    assert uids == {source["datasources"][0]["uid"]}
