#!/usr/bin/env bash
# Sets up Ray Serve beside the embedded set in an environment of its own, and runs its proof.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT

cd "$root"
"$root/.venv/bin/python" -m venv "$work/venv"
pip=("$work/venv/bin/pip" install --quiet --disable-pip-version-check -c constraints.txt)
"${pip[@]}" -r requirements/embedded.txt -r deploy/ray/requirements.txt
"${pip[@]}" --no-deps -r requirements/embedded-nodeps.txt
EDITX_MODELS_DIR="${WEIGHTS:-$root/models}" PYTHONPATH="$root" "$work/venv/bin/python" -m deploy.ray.prove
