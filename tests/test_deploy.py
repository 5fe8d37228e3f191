"""The examples in `deploy/` are valid by the schemas of their kind, and their options exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from compose_spec import PyCompose

from parallel_nb import cli
from parallel_nb.engine.http.health import HEALTH, READY
from parallel_nb.engine.serve import ServeOptions

DEPLOY = Path(__file__).parents[1] / "deploy"
IMAGE = re.search(r"ENTRYPOINT \[(.*)\]", (DEPLOY / "Dockerfile").read_text("utf-8"))
#: Kubernetes from which on a pod can sleep before it ends without a shell.
VERSIONS = ("1.32", "1.34")


def read(name: str) -> list[Any]:
    return list(yaml.safe_load_all((DEPLOY / name).read_text("utf-8")))


def serve_command(arguments: list[str]) -> Any:
    """What `parallel-nb` reads of the image's command with these arguments."""
    assert IMAGE is not None
    command = re.findall(r'"([^"]*)"', IMAGE[1])
    assert command[0] == "parallel-nb"
    return cli._parser().parse_args([*command[1:], *arguments])


def test_the_compose_file_is_valid_and_serves_on_one_store() -> None:
    # as `docker compose` does before it reads the file
    text = re.sub(r"\$\{(\w+):\?[^}]*\}", r"/\1", (DEPLOY / "compose.yaml").read_text("utf-8"))
    PyCompose.from_yaml(text).validate()
    file = yaml.safe_load(text)
    engine = file["services"]["engine"]
    args = serve_command(engine["command"])
    assert args.store == "postgresql://engine@store/engine"
    mounted = {
        volume.split(":")[-1 if volume.count(":") == 1 else 1] for volume in engine["volumes"]
    }
    assert {*args.documents, args.index} == {"/documents", "/index"} <= {*mounted, "/documents"}
    assert READY in engine["healthcheck"]["test"][-1]
    port = file["services"]["balancer"]["ports"][0].split(":")[-1]
    assert f"listen {port};" in (DEPLOY / "nginx.conf").read_text("utf-8")
    assert args.port == 8100


@pytest.mark.parametrize("version", VERSIONS)
def test_the_kubernetes_objects_are_valid(version: str) -> None:
    objects = read("kubernetes.yaml")
    for each in objects:
        kubernetes_validate.validate(each, version, strict=True)
    deployment = next(each for each in objects if each["kind"] == "Deployment")
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    args = serve_command(container["args"])
    assert args.documents == ["s3://BUCKET/ROOM"]
    probes = [container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("liveness", "readiness")]
    assert probes == [HEALTH, READY]
    waits = container["lifecycle"]["preStop"]["sleep"]["seconds"] + ServeOptions().grace
    assert waits < pod["terminationGracePeriodSeconds"]
