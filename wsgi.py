"""The application for gunicorn and for `flask --app wsgi …`."""

import gc

from app import create_app

app = create_app()

# what stands now stands until the process ends: looking through it for cycles again and again would slow every page
gc.collect()
gc.freeze()
