"""A first project file from a folder of files: what is recognised, and what stays a question."""

from atlas.newproject.propose import Proposal, propose

__all__ = ["Proposal", "propose"]
