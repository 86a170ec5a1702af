"""The environment variables that make Airflow run on this machine as it would run in earnest."""

import sys
from collections.abc import Mapping
from pathlib import Path

from devstack.home import ADMIN, Home
from devstack.ports import Ports
from devstack.postgres import Server

REPOSITORY = Path(__file__).resolve().parent.parent
AIRFLOW_DATABASE, WAREHOUSE, LEDGER = "airflow", "icp_warehouse", "icp_ledger"


def airflow_environment(
    home: Home, ports: Ports, server: Server, dags: Path, inherited: Mapping[str, str]
) -> dict[str, str]:
    """Everything that Airflow's processes see: what the shell had, with our settings over it.

    Of icp_monitor's own settings only ``ICP_CONFIG_DIR`` may come from the shell: a stray ``ICP_WAREHOUSE_URL`` must
    not let a local trial write to a real warehouse.
    """
    local = "127.0.0.1,localhost"
    return {
        **inherited,
        **_airflow(home, ports, server, dags),
        "ICP_CONFIG_DIR": inherited.get("ICP_CONFIG_DIR", str(REPOSITORY / "config")),
        "ICP_OUTPUT_DIR": str(home.output),
        "ICP_WAREHOUSE_URL": server.url(WAREHOUSE),
        "ICP_LEDGER_URL": server.url(LEDGER),
        "PATH": f"{Path(sys.executable).parent}:{inherited.get('PATH', '/usr/bin:/bin')}",  # standalone calls `airflow`
        "PYTHONUNBUFFERED": "1",  # the log's end says why a start failed
        "NO_PROXY": local,
        "no_proxy": local,
    }


def _airflow(home: Home, ports: Ports, server: Server, dags: Path) -> dict[str, str]:
    secrets = home.secrets()
    database = server.url(AIRFLOW_DATABASE)
    sections = {
        "CORE": {
            "EXECUTOR": "LocalExecutor",
            "PARALLELISM": "4",
            "LOAD_EXAMPLES": "False",
            "DAGS_FOLDER": str(dags),
            "PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
            "FERNET_KEY": secrets.fernet_key,
            "SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN}:admin",
            "SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home.passwords),
        },
        "DATABASE": {"SQL_ALCHEMY_CONN": database, "SQL_ALCHEMY_CONN_ASYNC": database},  # psycopg speaks both
        "API": {
            "HOST": "127.0.0.1",
            "PORT": str(ports.api),
            "BASE_URL": address(ports),  # tasks find the API by it, not by HOST and PORT
            "WORKERS": "1",
            "SECRET_KEY": secrets.api_secret,
        },
        "API_AUTH": {"JWT_SECRET": secrets.jwt_secret},
        "WORKERS": {"EXECUTION_API_TIMEOUT": "30"},  # the default of 5 s fails tasks while a small machine starts up
        "DAG_PROCESSOR": {"REFRESH_INTERVAL": "10", "MIN_FILE_PROCESS_INTERVAL": "15"},  # an edited DAG shows soon
        "LOGGING": {
            "WORKER_LOG_SERVER_PORT": str(ports.worker_log),
            "TRIGGER_LOG_SERVER_PORT": str(ports.triggerer_log),
        },
    }
    named = {f"AIRFLOW__{section}__{key}": value for section, keys in sections.items() for key, value in keys.items()}
    return {"AIRFLOW_HOME": str(home.folder), **named}


def address(ports: Ports) -> str:
    """Where the web interface and the API are."""
    return f"http://127.0.0.1:{ports.api}"
