"""The check report: what a project's files hold, and what of it does not fit."""

from atlas.check.findings import Finding, Report, SourceRows
from atlas.check.run import check_project

__all__ = ["Finding", "Report", "SourceRows", "check_project"]
