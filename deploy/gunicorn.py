"""Settings of gunicorn in production: several workers with several threads, logs as JSON lines on standard error."""

import os

bind = os.environ.get("ANJU_BIND", "0.0.0.0:8000")
workers = int(os.environ.get("ANJU_WEB_WORKERS", "3"))
worker_class = "gthread"
threads = int(os.environ.get("ANJU_WEB_THREADS", "4"))
timeout = 120  # a telephone sends photos over a slow line
graceful_timeout = 30
keepalive = 75  # longer than the proxy keeps a connection that nobody uses
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108 — heartbeats never wait for a disk
accesslog = None  # the application writes a line for each request, without address and query
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "app.core.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": ["stderr"], "propagate": False},
        "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
    },
}
