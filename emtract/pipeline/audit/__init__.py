"""Whether a scorer reads posts by what it knows of the firm and of later days: `emtract audit`."""

from emtract.pipeline.audit.plan import Plan, audit_path, plan_audit
from emtract.pipeline.audit.run import run_audit

__all__ = ["Plan", "audit_path", "plan_audit", "run_audit"]
