# One image for every program of ours: they share the lock, and the command chooses.
FROM python:3.11-slim-bookworm

RUN useradd --uid 10001 --no-create-home --home-dir /var/lib/nija nija \
 && install -d -o nija -g nija /etc/dagster /var/lib/nija /var/lib/nija/mlflow /var/lib/nija/journal

WORKDIR /opt/nija
ENV PATH=/opt/nija/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NIJA_HOME=/var/lib/nija \
    NIJA_CONFIG=/opt/nija/config \
    DAGSTER_HOME=/etc/dagster \
    DAGSTER_DISABLE_TELEMETRY=yes \
    MLFLOW_DISABLE_TELEMETRY=true \
    DO_NOT_TRACK=1

# The lock alone, so that a changed line of ours does not install every library again.
COPY requirements.lock ./
RUN python -m venv .venv \
 && pip install --no-cache-dir --disable-pip-version-check \
    "uv==$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements.lock)" \
 && uv pip sync --no-cache --compile-bytecode --python .venv/bin/python requirements.lock

COPY . .
RUN uv pip install --no-cache --python .venv/bin/python --no-build-isolation --no-deps --editable . \
 && cp dagster.docker.yaml /etc/dagster/dagster.yaml

# Last, because they change with every commit; there is no git in here to ask.
ARG GIT_BRANCH=unknown
ARG GIT_COMMIT=unknown
ARG GIT_TIME=unknown
RUN ./inject_git_metadata.sh

USER nija
