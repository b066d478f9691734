"""Musterstadt, the invented city: files as offices deliver them, and their project file.

Nothing here is read by the atlas itself. `write_demo` writes ordinary files into a folder,
and the ordinary build reads them.
"""

from atlas.demo.write import SEED, write_demo

__all__ = ["SEED", "write_demo"]
