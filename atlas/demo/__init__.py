"""Musterstadt, the invented city: files as offices deliver them, and their project file.

The atlas itself reads nothing here. `write_demo` writes ordinary files into a folder, and
the ordinary build reads them.
"""

from atlas.demo.edition import build_demo
from atlas.demo.write import SEED, write_demo

__all__ = ["SEED", "build_demo", "write_demo"]
