#!/usr/bin/env bash
# Pins the base image of the Dockerfile: pulls it by its tag, and writes the digest that the registry gave behind that.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root engine=${ENGINE:-docker}

base=$(sed -n 's/^ARG BASE=//p' "$root/Dockerfile")
tag=${base%@*}
"$engine" pull --quiet "$tag" >/dev/null
digest=$("$engine" image inspect --format '{{index .RepoDigests 0}}' "$tag")
digest=${digest##*@}
if [[ ! $digest =~ ^sha256:[0-9a-f]{64}$ ]]; then
    echo "editx: the engine gives no digest for $tag" >&2
    exit 1
fi
sed -i "s|^ARG BASE=.*|ARG BASE=$tag@$digest|" "$root/Dockerfile"
echo "ARG BASE=$tag@$digest"
