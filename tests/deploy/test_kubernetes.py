"""The manifests: rendered by kubectl, then judged by Kubernetes' own schemas.

No schema here covers ServiceMonitor and PrometheusRule (Prometheus operator) and ScaledObject (KEDA): of these only the
names that they point at are looked at.
"""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from app.settings import PROJECT, Settings, variable_of

pytestmark = pytest.mark.slow

FOLDER = PROJECT / "deploy/kubernetes"
KUBECTL = Path(sysconfig.get_path("scripts")) / "kubectl"
WITHOUT_SCHEMA = {"ServiceMonitor", "PrometheusRule", "ScaledObject"}
COMPONENTS = ("ingress", "observability", "keda")
OLDEST, NEWEST = "1.31", "1.37"  # of Kubernetes; preStop's sleep is there by default since 1.30


@cache
def rendered(overlay: str, *components: str) -> tuple[dict[str, Any], ...]:
    """What `kubectl kustomize` makes of an overlay, with components put into it as its comment says."""
    with tempfile.TemporaryDirectory() as made:
        shutil.copytree(FOLDER.parent, made, dirs_exist_ok=True)
        folder = Path(made) / "kubernetes/overlays" / overlay
        row = yaml.safe_load((folder / "kustomization.yaml").read_text())
        row["components"] = [f"../../components/{name}" for name in components]
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(row))
        return _kustomize(folder)


def _kustomize(folder: Path) -> tuple[dict[str, Any], ...]:
    done = subprocess.run([KUBECTL, "kustomize", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr
    return tuple(yaml.safe_load_all(done.stdout))


def one(rows: tuple[dict[str, Any], ...], kind: str) -> dict[str, Any]:
    return next(row for row in rows if row["kind"] == kind)


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("overlay", ["cpu", "gpu"])
def test_what_is_rendered_keeps_to_the_schemas(overlay: str, version: str) -> None:
    components = COMPONENTS if overlay == "gpu" else COMPONENTS[:2]
    rows = rendered(overlay, *components)
    for row in rows:
        assert row["metadata"].get("namespace") == "editx" or row["kind"] == "Namespace", row["metadata"]
        if row["kind"] not in WITHOUT_SCHEMA:
            kubernetes_validate.validate(row, version, strict=True)
    assert {row["kind"] for row in rows} >= {"Deployment", "Job", "Ingress", "NetworkPolicy", "PodDisruptionBudget"}


def test_a_wrong_field_would_be_seen() -> None:
    row = one(rendered("cpu"), "Deployment")
    wrong = {**row, "spec": {**row["spec"], "replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, NEWEST, strict=True)


@pytest.mark.parametrize("overlay", ["cpu", "gpu"])
def test_selectors_find_the_pods_of_the_service_and_not_those_of_the_download(overlay: str) -> None:
    rows = rendered(overlay, "observability")
    labels = one(rows, "Deployment")["spec"]["template"]["metadata"]["labels"]
    others = one(rows, "Job")["spec"]["template"]["metadata"]["labels"]
    for selector in (
        one(rows, "Deployment")["spec"]["selector"]["matchLabels"],
        one(rows, "Service")["spec"]["selector"],
        one(rows, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
        one(rows, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
    ):
        assert selector.items() <= labels.items()
        assert not selector.items() <= others.items()
    assert one(rows, "ServiceMonitor")["spec"]["selector"]["matchLabels"].items() <= (
        one(rows, "Service")["metadata"]["labels"].items()
    )


@pytest.mark.parametrize("overlay", ["cpu", "gpu"])
def test_pods_are_shut_in_and_drain_within_their_grace(overlay: str) -> None:
    rows = rendered(overlay)
    for kind in ("Deployment", "Job"):
        pod = one(rows, kind)["spec"]["template"]["spec"]
        container = pod["containers"][0]
        assert pod["securityContext"]["runAsNonRoot"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    pod = one(rows, "Deployment")["spec"]["template"]["spec"]
    drained_s = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] >= drained_s + 15
    mounts = {mount["name"]: mount for mount in pod["containers"][0]["volumeMounts"]}
    assert mounts["models"]["readOnly"]
    assert mounts.keys() == {volume["name"] for volume in pod["volumes"]}


def test_variables_are_settings_and_each_pod_has_one_gpu() -> None:
    known = {variable_of(name) for name in Settings.model_fields}
    rows = rendered("gpu")
    assert one(rows, "ConfigMap")["data"].keys() <= known
    pod = one(rows, "Deployment")["spec"]["template"]["spec"]
    assert pod["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == 1
    claims = {row["metadata"]["name"]: row for row in rows if row["kind"] == "PersistentVolumeClaim"}
    assert all(row["spec"]["accessModes"] == ["ReadWriteMany"] for row in claims.values())


def test_metrics_are_open_for_prometheus_alone() -> None:
    assert "EDITX_PUBLIC_METRICS" not in one(rendered("cpu", "ingress"), "ConfigMap")["data"]
    rows = rendered("cpu", "ingress", "observability")
    settings = next(row for row in rows if row["kind"] == "ConfigMap" and "EDITX_KEY_FILE" in row["data"])
    assert settings["data"]["EDITX_PUBLIC_METRICS"] == "true"
    source = one(rows, "Deployment")["spec"]["template"]["spec"]["containers"][0]["envFrom"][0]["configMapRef"]
    assert source["name"] == settings["metadata"]["name"]
    of_path = {
        path["path"]: row["metadata"]["annotations"]
        for row in rows
        if row["kind"] == "Ingress"
        for path in row["spec"]["rules"][0]["http"]["paths"]
    }
    assert of_path["/metrics"]["nginx.ingress.kubernetes.io/denylist-source-range"] == "0.0.0.0/0,::/0"


def test_one_autoscaler_alone_holds_the_deployment() -> None:
    kinds = [row["kind"] for row in rendered("gpu", "keda")]
    assert "ScaledObject" in kinds
    assert "HorizontalPodAutoscaler" not in kinds
    assert "HorizontalPodAutoscaler" in [row["kind"] for row in rendered("gpu")]


def test_the_alerts_are_those_of_prometheus() -> None:
    rules = yaml.safe_load((PROJECT / "deploy/prometheus/alerts.yml").read_text(encoding="utf-8"))
    assert one(rendered("cpu", "observability"), "PrometheusRule")["spec"] == rules
