# EditX in a container: `docker build --target cpu` (the embedded backend, any machine, also ARM64) or `--target gpu`
# (both backends; run it with `--gpus all`). `./start_unified.sh --docker` builds and runs the one that fits.
#
# Weights are not in the image: the first start fetches those of the embedded backend into the volumes below.
# `--build-arg WEIGHTS=embedded` bakes them in, verified, for machines without a network; mount nothing at /app/models then.
#
# What the gpu image has of CUDA comes with torch's own wheels, so its base is the same slim Python; a CUDA base would bring
# the libraries a second time. The driver comes from the host.
#
#   torch 2.13.0              brings its CUDA runtime, cuBLAS, cuDNN, NCCL as nvidia-* wheels
#   onnxruntime-gpu 1.31.1    finds those, as torch is imported first
#   Python                    3.11, as every pin of requirements/ is for it

# Any Debian or Ubuntu with Python 3.11 and its venv module. tools/pin_base.sh fills in the digest of the day.
ARG BASE=docker.io/library/python:3.11-slim-bookworm

# BASE has a tag; its digest is the operator's to pin.
# hadolint ignore=DL3006
FROM ${BASE} AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 TZ=UTC
WORKDIR /app
# Releases of the two packages are those of the base's Debian.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tini tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --create-home editx \
    && mkdir models cache \
    && chown editx:editx models cache
COPY requirements.txt constraints.txt ./
COPY requirements requirements
COPY tools/setup.sh tools/container.sh tools/healthcheck.py tools/
COPY models/README.md models/
EXPOSE 7860
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
    CMD ["/app/.venv/bin/python", "/app/tools/healthcheck.py"]
# tini reaps what is left and hands SIGTERM on: the service then lets answers under way end, 3 s at most.
ENTRYPOINT ["/usr/bin/tini", "--", "/app/start_unified.sh"]
LABEL org.opencontainers.image.title="EditX" \
    org.opencontainers.image.description="Self-hosted speech cloning and editing: a web page and an OpenAI-compatible API" \
    org.opencontainers.image.licenses="Apache-2.0"

FROM base AS cpu
RUN bash -c 'set -euo pipefail; source tools/setup.sh; set_up_service; rm -rf ~/.cache'
COPY start_unified.sh LICENSE NOTICE README.md ./
COPY docs/guide.md docs/guide.zh.md docs/
COPY app app
USER 10001:10001
ARG WEIGHTS=none
RUN if [ "$WEIGHTS" = embedded ]; then bash -c 'set -euo pipefail; source tools/setup.sh; prepare_parts'; fi
VOLUME ["/app/models", "/app/cache"]

FROM base AS gpu
# expandable_segments: requests of different lengths do not leave GPU memory in pieces that fit nothing.
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True
RUN bash -c 'set -euo pipefail; source tools/setup.sh; torch_build=cuda set_up_service --full; rm -rf ~/.cache'
COPY start_unified.sh LICENSE NOTICE README.md ./
COPY docs/guide.md docs/guide.zh.md docs/
COPY app app
USER 10001:10001
ARG WEIGHTS=none
RUN if [ "$WEIGHTS" = embedded ]; then bash -c 'set -euo pipefail; source tools/setup.sh; prepare_parts'; fi
VOLUME ["/app/models", "/app/cache"]
