"""Outputs of DoFns: what Beam asks of elements that finish_bundle emits."""

from __future__ import annotations

from typing import Any

import apache_beam as beam
from apache_beam.transforms.window import BoundedWindow
from apache_beam.utils.timestamp import Timestamp
from apache_beam.utils.windowed_value import WindowedValue


def windowed(output: Any, window: BoundedWindow, timestamp: Timestamp) -> Any:
    """An output, tagged or not, with the window of the element it came of: what finish_bundle must give."""
    if isinstance(output, beam.pvalue.TaggedOutput):
        return beam.pvalue.TaggedOutput(output.tag, WindowedValue(output.value, timestamp, [window]))
    return WindowedValue(output, timestamp, [window])
