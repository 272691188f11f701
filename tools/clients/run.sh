#!/usr/bin/env bash
# Real clients against a service that this starts, each in an environment of its own: generated ones for Python and
# TypeScript, openai and the Vercel AI SDK for Node, LiteLLM, and the plug-in classes of LiveKit and Pipecat. With --all
# also those that CI's Python 3.11 and Node 20 cannot run: the newest openai and Vercel AI SDK on Node 22, which comes
# through npm, and wyoming-openai on Python 3.12, where the machine has one; what had to be left out is said.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
readonly here root port=7862
export BASE="http://127.0.0.1:$port"
work=$(mktemp -d)
readonly work
service=

case ${1-} in
'' | --all) ;;
*)
    echo "usage: tools/clients/run.sh [--all]" >&2
    exit 2
    ;;
esac

finish() {
    if [[ -n $service ]]; then kill "$service" 2>/dev/null || true; fi
    rm -rf --one-file-system "$work"
}
trap finish EXIT

serve() {
    cd "$root"
    .venv/bin/python -m app.main --server-name 127.0.0.1 --server-port "$port" --cache-dir "$work/cache" >"$work/log" 2>&1 &
    service=$!
    for _ in $(seq 120); do
        if curl --silent --fail "$BASE/readyz" >"$work/ready"; then
            curl --silent --fail "$BASE/openapi.json" >"$work/openapi.json"
            return
        fi
        kill -0 "$service" 2>/dev/null || break
        sleep 1
    done
    tail -n 20 "$work/log" >&2
    return 1
}

# python_env FOLDER PYTHON REQUIREMENTS: an environment with these packages; uv takes a third of pip's time for it.
python_env() {
    "$2" -m venv "$1"
    "$1/bin/pip" install --quiet "uv==0.13.8"
    "$1/bin/uv" pip install --quiet --python "$1/bin/python" --requirements "$3"
}

python_clients() {
    python_env "$work/python" "$root/.venv/bin/python" "$here/requirements.txt"
    # It formats what it writes with ruff, which is among our development tools, and warns where there is none.
    PATH="$root/.venv/bin:$PATH" "$work/python/bin/openapi-python-client" generate --path "$work/openapi.json" --meta none \
        --output-path "$work/generated" --fail-on-warning
    "$work/python/bin/python" "$here/speak.py" "$work/generated"
}

# node_clients FOLDER: with the packages that its package.json names, under the Node among them if there is one.
node_clients() {
    mkdir "$work/$1"
    cp "$here/$1/package.json" "$here/speak.mjs" "$work/$1"
    cd "$work/$1"
    npm install --silent
    PATH="$work/$1/node_modules/.bin:$PATH" node speak.mjs
    cd "$root"
}

# The types of the API compile, and a program written against them does.
typescript_compiles() {
    cd "$work/node20"
    npx openapi-typescript "$work/openapi.json" --output api.ts
    cp "$here/typed.ts" .
    npx tsc --noEmit --strict --skipLibCheck --module nodenext --target es2022 --lib es2022,dom api.ts typed.ts
    cd "$root"
}

# A Python of 3.12 or newer: PYTHON312, or what the path has.
newer_python() {
    local python
    for python in "${PYTHON312-}" python3.12 python3.13 python3.14 python3; do
        if [[ -n $python ]] && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
}

wyoming_openai() {
    local python
    python=$(newer_python)
    if [[ -z $python ]]; then
        echo "wyoming-openai: LEFT OUT, it wants Python 3.12 and there is none (PYTHON312 may name one)"
        return
    fi
    python_env "$work/wyoming" "$python" "$here/requirements-wyoming.txt"
    "$work/wyoming/bin/python" "$here/speak_wyoming.py"
}

serve
python_clients
node_clients node20
typescript_compiles
if [[ ${1-} == --all ]]; then
    node_clients node22
    wyoming_openai
fi
