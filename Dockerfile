# One image for every process of the fleet; the command says which.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 CONNECTOR_CONFIG=/etc/connector/accounts.toml
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
CMD ["celery", "-A", "worker", "worker"]
