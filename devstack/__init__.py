"""The local stack for developers and tests: a real PostgreSQL and a real Airflow, without Docker.

Not part of the shipped library; nothing in ``icp_monitor`` imports it.
"""


class StackError(RuntimeError):
    """Something in the local stack did not start or stop; the message says what and how to go on."""
