"""Import this module to load everything that extraction needs before its first page.

The fork server imports it, so the processes that it forks share 100 MB instead of each loading its own. The
work happens on import because `multiprocessing.set_forkserver_preload` takes names of modules, not functions.
"""

from transforms.extract.meta.language import load_identifier

load_identifier()
