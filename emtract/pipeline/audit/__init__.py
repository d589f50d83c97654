"""Whether a scorer reads posts by what it knows of the firm and of later days: `emtract audit`."""

from emtract.pipeline.audit.compare import run_audit
from emtract.pipeline.audit.plan import Plan, audit_path, plan_audit

__all__ = ["Plan", "audit_path", "plan_audit", "run_audit"]
