#!/bin/sh
# Starts the tracking server; `make up` and the image both start it here.
# MLFLOW_STORE: database URI; MLFLOW_ARTIFACTS: folder or bucket; HOST and PORT: where it listens.
set -eu
: "${MLFLOW_STORE:?name the database, as in sqlite:////data/mlflow.db}"
: "${MLFLOW_ARTIFACTS:?name the folder of the artifacts}"

# Without the job runner the server needs half of the memory, and nothing here uses it.
export MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false
export MLFLOW_DISABLE_TELEMETRY=true
export DO_NOT_TRACK=1

exec "${MLFLOW:-mlflow}" server \
  --host "${HOST:-127.0.0.1}" \
  --port "${PORT:-5500}" \
  --workers 1 \
  --backend-store-uri "$MLFLOW_STORE" \
  --artifacts-destination "$MLFLOW_ARTIFACTS"
