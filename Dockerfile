# Production image: web, worker, beat and manage.py are the same image with another command.
FROM python:3.11-slim AS packages
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.11-slim
RUN useradd --uid 10001 --create-home cornershop
# Where the list of erasures grows, on a volume that takes its owner from here.
RUN install -d -o cornershop -g cornershop /var/lib/cornershop
COPY --from=packages /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=config.settings
WORKDIR /app
COPY . .
# Static files need settings, and settings need addresses; nothing connects to these.
RUN SECRET_KEY=build DATABASE_URL=postgres://build@localhost/build REDIS_URL=redis://localhost \
    python manage.py collectstatic --no-input --verbosity 0
USER cornershop
EXPOSE 8000
# Reads the secrets that `config.local.container` made, where a volume brings them.
ENTRYPOINT ["sh", "-c", "for file in /run/cornershop/*/env; do [ ! -r \"$file\" ] || . \"$file\"; done; exec \"$@\"", "--"]
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--timeout", "60", "--graceful-timeout", "30", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
