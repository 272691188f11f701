# Building the container image and running it. Sourced by start_unified.sh, after tools/setup.sh.
# shellcheck shell=bash

# run_container FLAGS...: the image of this machine (--full, an NVIDIA driver or neural weights: gpu, else cpu), over the
# folders models/ and cache/ of this checkout, as the user who calls.
run_container() {
    command -v docker >/dev/null || fail "--docker needs Docker, which was not found: https://docs.docker.com/engine/install/" \
        "Leave --docker out to run on this machine."
    local target=cpu gpus=() flags=() flag port
    if has_word --full "$@" || has_nvidia || neural_weights "$@" >/dev/null; then
        target=gpu gpus=(--gpus all)
    fi
    for flag in "$@"; do
        if [[ $flag != --full ]]; then flags+=("$flag"); fi
    done
    port=$(value_of --server-port EDITX_SERVER_PORT "$@")
    port=${port:-7860}
    docker build --target "$target" --tag "editx:$target" "$root"
    exec docker run --rm --init "${gpus[@]}" --user "$(id -u):$(id -g)" --publish "$port:$port" \
        --env EDITX_SERVER_PORT="$port" --volume "$root/models:/app/models" --volume "$root/cache:/app/cache" \
        "editx:$target" "${flags[@]}"
}
