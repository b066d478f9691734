"""Known attacks on small numbers, each as a small readable case.

`cases` lists them all. Every case is played twice: by the program, and by `oracle`, which
knows only sums written down by hand and tries every table that fits.
"""
