"""The audit as a run of its own: the same start as a cycle, then every record and every field compared."""

from __future__ import annotations

from syncer.engine.begin import begin, check_canaries
from syncer.engine.cycle import Progress, noted_run
from syncer.engine.forgetting import forget
from syncer.stages.audit import AuditReport, audit
from syncer.stages.context import Context
from syncer.stages.drift import refresh_schemas


def run_audit(context: Context, progress: Progress = lambda stage: None) -> AuditReport:
    """Writes to no CRM; what nothing explains is dirty afterwards. Raises WrongAccountError."""
    with noted_run(context, "audit") as noted:
        progress("begin")
        begin(context)
        refresh_schemas(context)
        check_canaries(context)
        progress("audit")
        report = audit(context)
        context.report.count("audited", report.records)
        for cause, cells in report.differences.items():
            context.report.count(f"differences.{cause}", cells)
        forget(context)
        noted.outcome = "done" if report.complete else "paused"
    return report
