"""Protects a plain table of counts, or audits one: files in, files out, nothing unsafe."""

from atlas.protecting.audited import Audited, audit_table
from atlas.protecting.commands import audit_files, protect_files
from atlas.protecting.methods import protect_by_method
from atlas.protecting.options import AuditOptions, ProtectOptions, audit_options, protect_options
from atlas.protecting.protected import Protected, protect_table

__all__ = [
    "AuditOptions",
    "Audited",
    "ProtectOptions",
    "Protected",
    "audit_files",
    "audit_options",
    "audit_table",
    "protect_by_method",
    "protect_files",
    "protect_options",
    "protect_table",
]
