"""Importing this module loads everything that extraction needs before its first page.

The server process imports it, so forked processes share its memory and none loads the 100 MB by itself.
"""

from transforms.extract.meta.language import load

load()
