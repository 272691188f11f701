#!/usr/bin/env bash
# Real clients against a service that this starts, each in an environment of its own: generated ones for Python and
# TypeScript, openai and the Vercel AI SDK for Node, LiteLLM, and the plug-in classes of LiveKit and Pipecat.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
readonly here root port=7862
export BASE="http://127.0.0.1:$port"
work=$(mktemp -d)
readonly work
service=

finish() {
    if [[ -n $service ]]; then kill "$service" 2>/dev/null || true; fi
    rm -rf --one-file-system "$work"
}
trap finish EXIT

cd "$root"
.venv/bin/python -m app.main --server-name 127.0.0.1 --server-port "$port" --cache-dir "$work/cache" >"$work/log" 2>&1 &
service=$!
for _ in $(seq 120); do
    if curl --silent --fail "$BASE/readyz" >"$work/ready"; then break; fi
    sleep 1
done
curl --silent --fail "$BASE/openapi.json" >"$work/openapi.json"

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet -r "$here/requirements.txt"
"$work/venv/bin/openapi-python-client" generate --path "$work/openapi.json" --meta none --output-path "$work/generated"
"$work/venv/bin/python" "$here/speak.py" "$work/generated"

cp "$here/package.json" "$here/speak.mjs" "$work"
cd "$work"
npm install --silent
npx openapi-typescript openapi.json --output api.ts
npx tsc --noEmit --strict --skipLibCheck api.ts
node speak.mjs
