"""Importing this module silences Beam and its dependencies.

It is a module because extraction processes are given names of modules to import first, not functions to
call. COPYTASTER_DEBUG=1 keeps everything audible.
"""

import logging
import os
import warnings

if not os.environ.get("COPYTASTER_DEBUG"):
    warnings.simplefilter("ignore")
    # The handler needs a level too: a worker in this process changes the level of the root logger.
    silent = logging.StreamHandler()
    silent.setLevel(logging.CRITICAL)
    logging.basicConfig(level=logging.CRITICAL, handlers=[silent])
