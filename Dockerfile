# EditX in a container: `docker build --target cpu` (the embedded backend, any machine, also ARM64) or `--target gpu`
# (both backends; run it with `--gpus all`). `./start_unified.sh --docker` builds and runs the one that fits.
#
# Weights are not in the image: the first start fetches those of the embedded backend into the volumes below.

# Any Debian or Ubuntu with Python 3.11 and its venv module.
ARG BASE=docker.io/library/python:3.11-slim-bookworm

FROM ${BASE} AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
RUN useradd --uid 10001 --user-group --create-home editx \
    && mkdir models cache \
    && chown editx:editx models cache
COPY requirements.txt constraints.txt ./
COPY requirements requirements
COPY tools/setup.sh tools/healthcheck.py tools/
COPY models/README.md models/
VOLUME ["/app/models", "/app/cache"]
EXPOSE 7860
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
    CMD ["/app/.venv/bin/python", "/app/tools/healthcheck.py"]
ENTRYPOINT ["/app/start_unified.sh"]

FROM base AS cpu
RUN bash -c 'set -euo pipefail; source tools/setup.sh; set_up_service; rm -rf ~/.cache'
COPY start_unified.sh LICENSE NOTICE README.md ./
COPY docs/guide.md docs/guide.zh.md docs/
COPY app app
USER editx

FROM base AS gpu
# The driver comes from the host; torch brings the CUDA libraries.
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
RUN bash -c 'set -euo pipefail; source tools/setup.sh; torch_build=cuda set_up_service --full; rm -rf ~/.cache'
COPY start_unified.sh LICENSE NOTICE README.md ./
COPY docs/guide.md docs/guide.zh.md docs/
COPY app app
USER editx
