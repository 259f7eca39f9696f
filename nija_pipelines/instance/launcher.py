"""Runs as Dagster starts them by itself, and asked whether they still live."""

import dagster as dg
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus


class WatchedRunLauncher(dg.DefaultRunLauncher):
    """The watch over runs finds those whose process was killed.

    Else a training that died with its machine would be under way for ever, and no sensor would ask
    for another.
    """

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """The server that started the run knows it, or nobody does."""
        from dagster._core.errors import DagsterUserCodeUnreachableError
        from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
        from dagster_shared.serdes import deserialize_value

        server = self._get_grpc_client_for_termination(run.run_id)  # type: ignore[no-untyped-call]
        if server is None:
            return CheckRunHealthResult(WorkerStatus.RUNNING, "it has ended, or was not sent out")
        try:
            reply = server.can_cancel_execution(CanCancelExecutionRequest(run_id=run.run_id))
        except DagsterUserCodeUnreachableError:
            return CheckRunHealthResult(WorkerStatus.FAILED, "the server that started it is gone")
        if deserialize_value(reply, CanCancelExecutionResult).can_cancel:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, "its process is gone")
