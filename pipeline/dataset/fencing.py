"""Fencing: only the newest streaming job may commit, so a job without its launcher ends."""

from __future__ import annotations

import logging
import time
import uuid
from datetime import datetime
from typing import Any

import grpc
from apache_beam.io.filesystem import BeamIOError
from apache_beam.options.pipeline_options import PipelineOptions, PortableOptions
from apache_beam.portability.api import beam_job_api_pb2 as job_api
from apache_beam.runners.portability.job_server import ExternalJobServer
from apache_beam.runners.portability.portable_runner import PipelineResult as PortableResult
from apache_beam.runners.runner import PipelineState

from pipeline.dataset.layout import STREAM, Dataset
from pipeline.errors import DatasetError, FencedError

MAX_CANCEL_WAIT_S = 60.0
"""Seconds to wait for the previous job to stop; until then it may occupy all cluster slots."""

LOG = logging.getLogger("copytaster.stream")


def claim(dataset: Dataset, at: datetime) -> str:
    """Give the dataset to a new job and return the job's name.

    The job server of the previous job stays recorded, so that it can be cancelled.
    """
    job = uuid.uuid4().hex
    dataset.write_json(_recorded(dataset) | {"job": job, "started_at": at.isoformat()}, STREAM)
    return job


def require_claim(dataset: Dataset, job: str) -> None:
    """Raise FencedError if another streaming job has claimed the dataset since."""
    if is_fenced(dataset, job):
        raise FencedError(f"{dataset.output}: another streaming job has claimed the dataset")


def is_fenced(dataset: Dataset, job: str) -> bool:
    """Return True if another streaming job has claimed the dataset since."""
    return str(_recorded(dataset).get("job", job)) != job


def record_job(dataset: Dataset, job: str, options: PipelineOptions, result: Any) -> None:
    """Record the job and its job server, if it outlives its launcher."""
    endpoint = options.view_as(PortableOptions).job_endpoint
    if isinstance(result, PortableResult) and endpoint and not is_fenced(dataset, job):
        job_server = {"job_endpoint": endpoint, "job_id": result._job_id}
        dataset.write_json(_recorded(dataset) | job_server, STREAM)


def cancel_previous(dataset: Dataset, options: PipelineOptions) -> None:
    """Cancel the previous job if it runs at the job server of the new one."""
    recorded = _recorded(dataset)
    endpoint = options.view_as(PortableOptions).job_endpoint
    if not endpoint or recorded.get("job_endpoint") != endpoint:
        return
    request = job_api.GetJobStateRequest(job_id=recorded.get("job_id"))
    end = time.monotonic() + MAX_CANCEL_WAIT_S
    try:
        service = ExternalJobServer(endpoint, timeout=MAX_CANCEL_WAIT_S).start()
        if _ended(service.GetState(request)):
            return
        service.Cancel(job_api.CancelJobRequest(job_id=recorded.get("job_id")))
        while not _ended(service.GetState(request)) and time.monotonic() < end:
            time.sleep(0.2)
    except (grpc.RpcError, grpc.FutureTimeoutError) as error:
        # The server was restarted and no longer knows the job. If it still runs, it ends at its next commit.
        LOG.info("%s: cannot cancel the previous job: %s", endpoint, error)


def _ended(event: Any) -> bool:
    name = job_api.JobState.Enum.Name(event.state)
    return bool(PipelineState.is_terminal(name))


def _recorded(dataset: Dataset) -> dict[str, Any]:
    try:
        return dataset.read_json(STREAM) if dataset.exists(STREAM) else {}
    except (DatasetError, OSError, BeamIOError):
        return {}  # Half written, or unreadable for now: the next commit asks again.
