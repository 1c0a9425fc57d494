"""What deploy/ holds fits the command it calls and the versions it is tested with."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions

from pipeline import __version__
from pipeline.cli.arguments import parse
from pipeline.errors import ConfigError
from pipeline.run.options import beam_options
from pipeline.run.stream import streaming_options

DEPLOY = Path(__file__).parent.parent / "deploy"
LOCK = (DEPLOY.parent / "requirements-lock.txt").read_text(encoding="utf-8")
MANIFESTS = sorted(DEPLOY.glob("kubernetes/*.yaml"))
LINES = [*DEPLOY.glob("systemd/*.service"), DEPLOY / "crontab"]


def options(name: str) -> list[str]:
    lines = (DEPLOY / "options" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def containers(node: Any) -> Iterator[dict[str, Any]]:
    """All containers within a manifest that name an image of ours."""
    if isinstance(node, dict):
        if str(node.get("image", "")).startswith("copytaster"):
            yield node
        for value in node.values():
            yield from containers(value)
    elif isinstance(node, list):
        for value in node:
            yield from containers(value)


def ours() -> list[dict[str, Any]]:
    documents = (document for path in MANIFESTS for document in yaml.safe_load_all(path.read_text("utf-8")))
    return [container for document in documents for container in containers(document)]


@pytest.mark.parametrize("name", ["flink", "dataflow"])
def test_options_of_a_cluster_are_taken_for_a_run_and_for_a_streaming_job(name: str) -> None:
    for taken in (beam_options(options(name)), streaming_options(options(name))):
        assert taken.view_as(StandardOptions).runner in ("PortableRunner", "DataflowRunner")


def test_options_of_spark_are_taken_for_a_run() -> None:
    assert beam_options(options("spark")).view_as(StandardOptions).runner == "PortableRunner"
    with pytest.raises(ConfigError, match="no state in streaming"):
        streaming_options(["--runner=SparkRunner"])


def test_manifests_call_the_command_as_it_is() -> None:
    called = [parse(container["args"]) for container in ours() if container["command"] == ["copytaster"]]
    assert [args.name for args in called] == ["run", "stream"]
    (_, stream) = called
    assert PipelineOptions(stream.beam).view_as(StandardOptions).runner == "FlinkRunner"


def test_images_are_of_this_version_and_of_the_beam_that_is_tested() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert {container["image"] for container in ours()} == {f"copytaster:{__version__}"}
    assert f"copytaster:{__version__}" in dockerfile
    (version,) = re.findall(r"_sdk:([\d.]+)", dockerfile)
    assert f"apache-beam=={version}\n" in LOCK


def test_the_image_has_every_package() -> None:
    copied = re.findall(
        r"^COPY (\w+) \./\1$", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE
    )
    packages = {path.parent.name for path in DEPLOY.parent.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert set(copied) == packages


@pytest.mark.parametrize("path", LINES, ids=lambda path: path.name)
def test_units_and_crontab_call_the_command_as_it_is(path: Path) -> None:
    (line,) = re.findall(r"/bin/copytaster (.*)", path.read_text(encoding="utf-8"))
    args = parse(shlex.split(line.split(" 2>")[0]))
    assert args.name == ("stream" if "stream" in path.name else "run")
    assert args.config == "/etc/copytaster/run.yaml"
