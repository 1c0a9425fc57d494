"""Loads what extraction needs before its first page, when imported: by the process others are forked from.

They share its memory then, and none of them loads the 100 MB by itself.
"""

from transforms.extract.meta.language import load

load()
