"""Airflow as a service of this project: `airflow` starts and stops it, `rest` talks to it, `demo` is what `make run` does."""
