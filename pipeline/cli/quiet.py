"""Silences what Beam and its dependencies say when they are imported; importing this module is using it.

A module, because the processes that extract pages are told what to import first, not
what to call. COPYTASTER_DEBUG=1 leaves everything audible.
"""

import logging
import os
import warnings

if not os.environ.get("COPYTASTER_DEBUG"):
    warnings.simplefilter("ignore")
    # The handler too: a worker in this process gives the root logger another level.
    silent = logging.StreamHandler()
    silent.setLevel(logging.CRITICAL)
    logging.basicConfig(level=logging.CRITICAL, handlers=[silent])
