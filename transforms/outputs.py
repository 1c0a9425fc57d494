"""Outputs of DoFns: the windowed values that finish_bundle has to emit."""

from __future__ import annotations

from typing import Any

import apache_beam as beam
from apache_beam.transforms.window import BoundedWindow
from apache_beam.utils.timestamp import Timestamp
from apache_beam.utils.windowed_value import WindowedValue


def windowed(output: Any, window: BoundedWindow, timestamp: Timestamp) -> Any:
    """Wrap an output, tagged or not, in the window of the element that it came from, as finish_bundle
    must."""
    if isinstance(output, beam.pvalue.TaggedOutput):
        return beam.pvalue.TaggedOutput(output.tag, WindowedValue(output.value, timestamp, [window]))
    return WindowedValue(output, timestamp, [window])
