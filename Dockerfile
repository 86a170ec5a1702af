# Airflow with icp_monitor, its DAGs and plugins. No configuration and no secret is in the image: both come with
# docker-compose.yaml, or with whatever runs it.

FROM python:3.11-slim-bookworm AS build

RUN pip install --no-cache-dir uv==0.13.9

# The environment is used from this same path in the final image. Compiled modules halve Airflow's start.
ENV UV_PROJECT_ENVIRONMENT=/opt/icp-monitor/.venv \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never \
    UV_NO_CACHE=1

WORKDIR /opt/icp-monitor

# What changes seldom comes first, so that a change of our code doesn't fetch Airflow again.
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-default-groups --extra airflow --extra postgres --extra salesforce --extra hubspot --no-install-project

COPY LICENSE README.md ./
COPY icp_monitor icp_monitor
RUN uv sync --frozen --no-default-groups --extra airflow --extra postgres --extra salesforce --extra hubspot --no-editable


FROM python:3.11-slim-bookworm

# A volume that is mounted on one of these folders for the first time takes over its owner.
RUN useradd --uid 50000 --gid 0 --create-home --shell /usr/sbin/nologin airflow \
    && install --directory --owner airflow --group root \
        /opt/airflow /opt/airflow/logs /opt/airflow/auth /var/lib/icp-monitor/output

COPY --from=build /opt/icp-monitor/.venv /opt/icp-monitor/.venv
COPY dags /opt/icp-monitor/dags
COPY plugins /opt/icp-monitor/plugins

ENV PATH=/opt/icp-monitor/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/icp-monitor/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/icp-monitor/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    ICP_OUTPUT_DIR=/var/lib/icp-monitor/output

USER 50000
WORKDIR /opt/airflow
EXPOSE 8080
CMD ["airflow", "version"]
