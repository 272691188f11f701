#!/usr/bin/env bash
# Builds the image (TARGET: cpu, or gpu) on a base made from Debian's packages and runs it without Docker, as its own user on
# a tree that it cannot write: is it healthy, does it serve the page, clone, edit, end on SIGTERM? Does it serve over a cache
# folder of another owner? Needs root, mmdebstrap and buildah. MOUNTS holds further --volume flags for the build, such as
# those of a pip configuration that this machine needs; WEIGHTS a folder of weights, which else are fetched.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly root port=${PORT:-7861} target=${TARGET:-cpu}
readonly base="http://127.0.0.1:$port" clip="$root/tests/data/clips/ref_en_male.flac" user=10001
work=$(mktemp -d)
readonly work
read -ra mounts <<<"${MOUNTS-}"
image_tool=(buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs)
running=

finish() {
    if [[ -n $running ]]; then end_service 2>/dev/null || true; fi
    umount --lazy "$work/tree" 2>/dev/null || true
    rm -rf --one-file-system "$work"
}
trap finish EXIT

# seconds COMMAND...: runs it, and says how long it took.
seconds() {
    local began=$SECONDS
    "$@" >"$work/log" 2>&1 || { tail -n 40 "$work/log" >&2 && return 1; }
    echo $((SECONDS - began))
}

build() {
    mmdebstrap --quiet --variant=minbase --include=ca-certificates,python3.11,python3.11-venv bookworm "$work/root.tar"
    local container
    container=$("${image_tool[@]}" from scratch)
    "${image_tool[@]}" add "$container" "$work/root.tar" /
    "${image_tool[@]}" commit --rm "$container" editx-base
    "${image_tool[@]}" bud --isolation chroot --format docker --target "$target" --build-arg BASE=localhost/editx-base \
        "${mounts[@]}" --tag "editx:$target" "$root"
}

# in_image CACHE WORDS...: these words in the image, under its init, read-only but for /tmp and CACHE, as its user.
# shellcheck disable=SC2016  # the inner shell expands them
in_image() {
    local cache=$1
    shift
    unshare --mount --fork --kill-child=SIGTERM bash -euc '
        tree=$1 cache=$2 models=$3 user=$4
        shift 4
        mount --make-rprivate /
        mount --bind "$tree" "$tree"
        mount -o remount,ro,bind "$tree"
        mount --bind "$cache" "$tree/app/cache"
        if [[ -n $models ]]; then mount --bind "$models" "$tree/app/models" && mount -o remount,ro,bind "$tree/app/models"; fi
        mount -t tmpfs tmpfs "$tree/tmp"
        mount -t proc proc "$tree/proc"
        mount --rbind /dev "$tree/dev"
        exec chroot --userspec="$user:$user" "$tree" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/home/editx \
            PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 /usr/bin/tini -s -- "$@"
    ' bash "$work/tree" "$cache" "${WEIGHTS-}" "$user" "$@"
}

# serve CACHE: starts the service over that folder, and waits until it is ready.
serve() {
    in_image "$1" /app/start_unified.sh --server-name 127.0.0.1 --server-port "$port" >"$work/service.log" 2>&1 &
    running=$!
    for _ in $(seq 300); do
        if curl --silent --fail -o "$work/ready" "$base/readyz"; then return; fi
        kill -0 "$running" || { cat "$work/service.log" >&2 && return 1; }
        read -rt 1 <> <(:) || true
    done
    return 1
}

# The process that serves.
service() { pgrep -f "app.main --server-name 127.0.0.1 --server-port $port" | tail -n 1; }

# Ends the service as a supervisor does.
end_service() {
    kill -TERM "$(service)"
    wait "$running" || true
    running=
}

# speak PAYLOAD FIELD: the answer to the upload route with the clip in that field is sound.
speak() {
    local type
    type=$(curl --silent --show-error --fail -o "$work/answer" -w '%{content_type}' "$base/v1/audio/speech/upload" \
        -F "payload=$1" -F "$2=@$clip")
    [[ $type == audio/* && $(stat -c %s "$work/answer") -gt 24000 ]]
}

echo "$target: built in $(seconds build) s"
container=$("${image_tool[@]}" from "localhost/editx:$target")
tree=$("${image_tool[@]}" mount "$container")
mkdir "$work/tree" && mount --bind "$tree" "$work/tree"
echo "image: $(du --apparent-size --block-size=1M --summarize "$tree" | cut -f1) MiB of files"
mkdir "$work/cache" "$work/foreign" # the second stays root's
serve "$work/foreign"
echo "a cache folder of another owner: ready all the same, and the log says"
grep -m 1 -i 'cannot be written\|permission' "$work/service.log"
end_service
chown "$user:$user" "$work/cache"
began=$SECONDS
serve "$work/cache"
echo "ready in $((SECONDS - began)) s on a read-only tree"
[[ $(ps -o uid= -p "$(service)") -eq $user ]] && echo "runs as user $user"
curl --silent --fail "$base/healthz" && echo
curl --silent --fail -o "$work/page" "$base/"
grep -q EditX "$work/page"
echo "page served"
speak '{"input": "All is well.", "step_audio": {"mode": "clone"}}' prompt_audio_file
echo "clone made"
speak '{"step_audio": {"mode": "emotion", "edit_info": "happy"}}' input_audio_file
echo "edit made"
began=$SECONDS
in_image "$work/cache" /app/.venv/bin/editx voices --json | grep heart_en >/dev/null
in_image "$work/cache" /app/.venv/bin/editx backup /app/cache/backup.tar
end_service
echo "SIGTERM: ended after $((SECONDS - began)) s"
