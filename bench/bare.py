"""The bare limit: a Flask handler that sends the same SQL as ours and does nothing else but what it must.

The list: the same indexed queries, the same rows in a plain table. The transition: session, CSRF check, the file read
(nobody writes a status without looking at the one before), and the same rows written in one transaction.
"""

import os
import pickle
import sqlite3
from pathlib import Path
from typing import Any

from flask import Flask, g, redirect, render_template_string, session
from flask_wtf.csrf import CSRFProtect, generate_csrf
from werkzeug.wrappers import Response

TABLE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>改造户</title></head><body>
<table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</table>{{ others }}</body></html>"""

app = Flask(__name__)
app.secret_key = "only for the benchmark, thirty-two bytes"
CSRFProtect(app)
said: dict[str, Any] = pickle.loads(Path(os.environ["BENCH_SAID"]).read_bytes())


def connection() -> sqlite3.Connection:
    """This request's connection; they are pooled by keeping one for the only thread."""
    if "bench_connection" not in app.extensions:
        made = sqlite3.connect(os.environ["BENCH_DATABASE"], isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "cache_size=-32000"):
            made.execute(f"PRAGMA {pragma}")
        app.extensions["bench_connection"] = made
    g.connection = app.extensions["bench_connection"]
    found: sqlite3.Connection = g.connection
    return found


@app.get("/list/<name>")
def list_page(name: str) -> str:
    """The same rows as our list."""
    answers = [connection().execute(statement, values).fetchall() for statement, values in said[name]]
    rows = max(answers, key=len)
    return render_template_string(TABLE, rows=rows, others=[answer for answer in answers if answer is not rows])


@app.get("/token")
def token() -> str:
    """A session and its CSRF token."""
    session["user"] = 1
    return generate_csrf()


@app.post("/transition/<int:number>")
def transition(number: int) -> Response:
    """Write the same rows as our transition of that number."""
    if session.get("user") != 1:
        return redirect("/sign-in")
    database = connection()
    database.execute("BEGIN IMMEDIATE")
    for statement, values in said["transitions"][number]:
        database.execute(statement, values).fetchall()
    database.execute("COMMIT")
    return redirect("/")
