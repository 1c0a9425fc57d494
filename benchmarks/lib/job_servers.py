"""Beam's job servers for Flink and Spark on this machine, for as long as a block runs.

    python -m benchmarks.lib.job_servers flink            # prints its endpoint and runs until it is stopped

`make job-servers` fetches their parts. Flink runs inside the server (master [local]) or, as flink-cluster,
as one JobManager and two TaskManagers; Spark runs as local[2].
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.workers import free_port, listening

JARS = Path(sys.executable).parent.parent / "job-servers"
OPENS = (
    *("java.lang", "java.lang.invoke", "java.util", "java.util.concurrent", "java.nio", "java.net"),
    *("java.io", "sun.nio.ch", "sun.security.action"),
)
"""Packages of java.base that Beam, Flink and Spark reach into, closed since Java 17."""
DRIVERS = {
    "flink": ("org.apache.beam.runners.flink.FlinkJobServerDriver", "--flink-master=[local]"),
    "spark": ("org.apache.beam.runners.spark.SparkJobServerDriver", "--spark-master-url=local[2]"),
}


@contextlib.contextmanager
def java(jars: Path, main: str, *arguments: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Java program until the block ends."""
    opens = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENS]
    command = ["java", *opens, "-cp", f"{jars}/*", main, *arguments]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


@contextlib.contextmanager
def job_server(name: str, *arguments: str) -> Iterator[str]:
    """Yield the endpoint of a job server: flink or spark."""
    main, master = DRIVERS[name]
    jars = JARS / name
    if not jars.is_dir():
        raise RuntimeError(f"{jars} is missing: `make job-servers` makes it")
    ports = [free_port() for _ in range(3)]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        log = Path(folder, "log")
        kinds = ("job", "artifact", "expansion")
        options = [f"--{kind}-port={port}" for kind, port in zip(kinds, ports, strict=True)]
        options.append(f"--artifacts-dir={folder}/artifacts")
        chosen = arguments or (master,)
        with (
            java(jars, main, *options, *chosen, log=log) as process,
            listening(process, ports[0], log) as endpoint,
        ):
            yield endpoint


@contextlib.contextmanager
def flink_cluster() -> Iterator[str]:
    """Yield the endpoint of a job server in front of one JobManager and two TaskManagers."""
    jars, rest = JARS / "flink", free_port()
    settings = {
        "jobmanager.rpc.address": "localhost",
        "jobmanager.rpc.port": free_port(),
        "blob.server.port": free_port(),
        "rest.port": rest,
        "rest.address": "localhost",
        "jobmanager.memory.process.size": "1g",
        "taskmanager.numberOfTaskSlots": 1,
        # A fenced job fails at each commit, and must not be restarted for ever.
        "restart-strategy.type": "failure-rate",
        "restart-strategy.failure-rate.max-failures-per-interval": 3,
        "restart-strategy.failure-rate.failure-rate-interval": "5 min",
        "restart-strategy.failure-rate.delay": "1 s",
        # Flink's own scripts compute this before they start a TaskManager.
        "taskmanager.cpu.cores": 1,
        "taskmanager.memory.framework.heap.size": "128m",
        "taskmanager.memory.framework.off-heap.size": "128m",
        "taskmanager.memory.task.heap.size": "384m",
        "taskmanager.memory.task.off-heap.size": "64m",
        "taskmanager.memory.managed.size": "256m",
        "taskmanager.memory.network.min": "64m",
        "taskmanager.memory.network.max": "64m",
        "taskmanager.memory.jvm-metaspace.size": "256m",
        "taskmanager.memory.jvm-overhead.min": "192m",
        "taskmanager.memory.jvm-overhead.max": "192m",
        # Servers and job share one set of jars here.
        "classloader.resolve-order": "parent-first",
    }
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, contextlib.ExitStack() as stack:
        conf = "".join(f"{name}: {value}\n" for name, value in settings.items())
        Path(folder, "flink-conf.yaml").write_text(conf, encoding="utf-8")
        log = Path(folder, "jobmanager.log")
        runtime, configured = "org.apache.flink.runtime", ("--configDir", folder)
        entry = f"{runtime}.entrypoint.StandaloneSessionClusterEntrypoint"
        manager = stack.enter_context(java(jars, entry, *configured, log=log))
        stack.enter_context(listening(manager, rest, log))
        for number in range(2):
            worker = Path(folder, f"taskmanager{number}.log")
            entry = f"{runtime}.taskexecutor.TaskManagerRunner"
            stack.enter_context(java(jars, entry, *configured, log=worker))
        yield stack.enter_context(job_server("flink", f"--flink-master=localhost:{rest}"))


def main() -> None:
    """Run a server until it is stopped."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("server", choices=[*DRIVERS, "flink-cluster"])
    name = parser.parse_args().server
    with flink_cluster() if name == "flink-cluster" else job_server(name) as endpoint:
        print(f"--runner=PortableRunner --job_endpoint={endpoint} --environment_type=LOOPBACK", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)


if __name__ == "__main__":
    main()
