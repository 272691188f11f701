#!/usr/bin/env bash
# Builds the `cpu` image on a base made from Debian's packages and runs it as its own user, without Docker: is it healthy,
# does it serve the page, clone and edit? Needs root, mmdebstrap and buildah. MOUNTS holds further --volume flags, such as
# those of a pip configuration that this machine needs.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly root port=7861
readonly base="http://127.0.0.1:$port" clip="$root/tests/data/clips/ref_en_male.flac"
work=$(mktemp -d)
readonly work
read -ra mounts <<<"${MOUNTS-}"
image_tool=(buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs)
running=

finish() {
    if [[ -n $running ]]; then kill "$running" 2>/dev/null || true; fi
    rm -rf --one-file-system "$work"
}
trap finish EXIT

# seconds COMMAND...: runs it, and says how long it took.
seconds() {
    local began=$SECONDS
    "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2 && return 1; }
    echo $((SECONDS - began))
}

build() {
    mmdebstrap --quiet --variant=minbase --include=ca-certificates,python3.11,python3.11-venv bookworm "$work/root.tar"
    local container
    container=$("${image_tool[@]}" from scratch)
    "${image_tool[@]}" add "$container" "$work/root.tar" /
    "${image_tool[@]}" commit --rm "$container" editx-base
    "${image_tool[@]}" bud --isolation chroot --format docker --target cpu --build-arg BASE=localhost/editx-base \
        "${mounts[@]}" --tag editx:cpu "$root"
}

serve() {
    local container
    container=$("${image_tool[@]}" from localhost/editx:cpu)
    "${image_tool[@]}" run --isolation chroot "${mounts[@]}" "$container" -- \
        /app/start_unified.sh --server-name 127.0.0.1 --server-port "$port" &
    running=$!
    for _ in $(seq 300); do
        if python3 -c "import urllib.request; urllib.request.urlopen('$base/readyz', timeout=5)" 2>/dev/null; then return; fi
        kill -0 "$running" || return 1
        read -rt 1 <> <(:) || true
    done
    return 1
}

# speak PAYLOAD FIELD: the answer to the upload route with the clip in that field is sound.
speak() {
    local type
    type=$(curl --silent --show-error --fail -o "$work/answer" -w '%{content_type}' "$base/v1/audio/speech/upload" \
        -F "payload=$1" -F "$2=@$clip")
    [[ $type == audio/* && $(stat -c %s "$work/answer") -gt 24000 ]]
}

echo "built in $(seconds build) s"
echo "image: $("${image_tool[@]}" images --format '{{.Size}}' localhost/editx:cpu)"
began=$SECONDS
serve
echo "ready in $((SECONDS - began)) s, weights fetched"
user=$(ps -o uid= -p "$(pgrep -f "app.main --server-name 127.0.0.1 --server-port $port" | tail -n 1)")
[[ $user -ne 0 ]]
echo "runs as user $((user))"
curl --silent --fail "$base/healthz" && echo
curl --silent --fail -o "$work/page" "$base/"
grep -q EditX "$work/page"
echo "page served"
speak '{"input": "All is well.", "step_audio": {"mode": "clone"}}' prompt_audio_file
echo "clone made"
speak '{"step_audio": {"mode": "emotion", "edit_info": "happy"}}' input_audio_file
echo "edit made"
