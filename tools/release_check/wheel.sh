#!/usr/bin/env bash
# Builds the wheel, installs it with its dependencies into an environment of its own outside of this checkout, and uses it:
# is the page served, does the command line speak and hear? WEIGHTS names a folder of weights; without it they are fetched.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly root port=${PORT:-7862}
work=$(mktemp -d)
readonly work
service=

finish() {
    if [[ -n $service ]]; then kill "$service" 2>/dev/null || true; fi
    rm -rf --one-file-system "$work"
}
trap finish EXIT

"$root/.venv/bin/python" -m pip wheel --quiet --no-deps --wheel-dir "$work" "$root"
wheel=$(echo "$work"/editx-*.whl)
echo "wheel: ${wheel##*/}, $(($(stat -c %s "$wheel") / 1024)) KiB"

"$root/.venv/bin/python" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -c "$root/constraints.txt" "$wheel"
export PATH="$work/venv/bin:$PATH" EDITX_CACHE_DIR="$work/cache" EDITX_MODELS_DIR="${WEIGHTS:-$work/models}"
cd "$work"
pip list --format=freeze | grep -i '^onnxruntime'

editx prepare
editx say "The harbor is quiet at noon." -o said.wav --json
editx transcribe said.wav | tee heard.txt
grep -qi "quiet at noon" heard.txt

editx serve --server-name 127.0.0.1 --server-port "$port" &
service=$!
for _ in $(seq 120); do
    if curl --silent --fail -o ready.json "http://127.0.0.1:$port/readyz"; then break; fi
    kill -0 "$service"
    read -rt 1 <> <(:) || true
done
curl --silent --fail -o page "http://127.0.0.1:$port/"
grep -q EditX page
editx say "All is well." --server "http://127.0.0.1:$port" -o said.mp3 --json
editx doctor || echo "doctor: status $?"
echo "the wheel serves, speaks and hears"
