# The desk with the drivers for PostgreSQL: docs/docker.md.
# docker build -t uppzy-desk . && docker run --env-file .env -v desk:/data uppzy-desk
FROM python:3.13-slim AS build
WORKDIR /source
RUN python -m venv /desk
COPY requirements/postgres.txt requirements/build.txt requirements/
RUN /desk/bin/pip install --no-cache-dir --require-hashes -r requirements/postgres.txt \
 && python -m venv /build \
 && /build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY . .
RUN /build/bin/python -m hatchling build -t wheel -d /wheel \
 && /desk/bin/pip install --no-cache-dir --no-deps /wheel/*.whl

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Uppzy Desk" \
      org.opencontainers.image.description="A help desk inside Slack and Microsoft Teams: answers from Uppzy, and a person when one is needed" \
      org.opencontainers.image.licenses="MIT"
RUN groupadd --system --gid 10001 desk \
 && useradd --system --uid 10001 --gid desk --no-create-home desk \
 && install -d -o desk -g desk /data
COPY --from=build /desk /desk
# As a number, so that Kubernetes can see that it is not root.
USER 10001:10001
WORKDIR /data
VOLUME /data
# The listener must be reachable from outside the container; the database lies in the volume.
ENV PATH=/desk/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATABASE_URL=sqlite:////data/desk.db \
    LOG_FORMAT=json
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
# Stopped with SIGTERM: what is under way is finished or stays in the database for the next start.
CMD ["uppzy-desk", "run"]
