# One image for every process of the fleet; the command says which.
FROM python:3.13-slim AS base

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 CONNECTOR_CONFIG=/etc/connector/accounts.toml
# See worker/memory.py.
ENV GLIBC_TUNABLES=glibc.malloc.tcache_count=0
WORKDIR /app

COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt \
 && useradd --system --no-create-home --uid 10001 connector

COPY flowerconfig.py .
COPY clients clients
COPY domain domain
COPY mappers mappers
COPY settings settings
COPY state state
COPY sync sync
COPY tasks tasks
COPY worker worker

USER connector

# With the simulated Amazon and Odoo, for the demonstration alone.
FROM base AS demo
COPY simulator simulator
CMD ["python", "-m", "worker", "run", "--once", "--folder", "/tmp/run"]

FROM base AS fleet
CMD ["celery", "-A", "worker", "worker"]
