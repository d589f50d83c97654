"""Whether a scorer reads posts by what it knows of the firm and of later days: `emtract audit`."""

from emtract.pipeline.audit.plan import AUDIT, Plan, plan_audit
from emtract.pipeline.audit.run import run_audit

__all__ = ["AUDIT", "Plan", "plan_audit", "run_audit"]
