# Building, running and looking after the container. Sourced by start_unified.sh, after tools/setup.sh.
# shellcheck shell=bash

# All of it by variables or flags. Defaults stand in `read_container`.
container_usage() {
    cat <<'TEXT'
With --docker (flag, or variable):
  --dry-run            print the exact commands, and run none of them
  --stop               stop the container and remove it
  --logs               show its log, and what is added to it
  --status             tell whether it runs and is ready
  --engine NAME        ENGINE       docker or podman; the first that is here
  --name NAME          NAME         of the container: editx
  --image IMAGE        IMAGE        editx:cpu or editx:gpu, whichever fits; built when it is not here
  --build              BUILD=1      build the image anew
  --gpu IDS            GPU_ID       such as 0 or 0,1; all
  --port PORT          PORT         on this machine: 7860
  --models-dir FOLDER  MODELS_DIR   models/ of this checkout
  --cache-dir FOLDER   CACHE_DIR    cache/ of this checkout
  --restart POLICY     RESTART      no, on-failure, always or unless-stopped: no
  --wait SECONDS       WAIT         for the service to be ready: 600
All other flags are those of the service, and every EDITX_ variable is handed on.
TEXT
}

# container FLAGS...: does what the flags ask for.
container() {
    local name port models cache restart gpu image engine wait_s target build action=run dry=false
    local service=() options=()
    read_container "$@"
    require_engine
    case $action in
    stop) stop_container ;;
    logs) "$engine" logs --follow "$name" ;;
    status) tell_status ;;
    run)
        choose_image "$@"
        gather_options
        check_machine
        start_container
        ;;
    build)
        choose_image "$@"
        build_image
        if ! $dry; then say "$image is there; ./start_unified.sh --docker starts the service"; fi
        ;;
    esac
}

# Fills in the variables of `container` from variables of the environment and flags.
read_container() {
    name=${NAME:-editx} port=${PORT:-${EDITX_SERVER_PORT:-7860}} restart=${RESTART:-no} gpu=${GPU_ID:-all}
    models=${MODELS_DIR:-${EDITX_MODELS_DIR:-$root/models}} cache=${CACHE_DIR:-${EDITX_CACHE_DIR:-$root/cache}}
    image=${IMAGE:-} engine=${ENGINE:-} wait_s=${WAIT:-600} build=${BUILD:-} target=cpu
    local flag value
    while (($#)); do
        flag=${1%%=*} value=${2-}
        if [[ $1 == *=* ]]; then value=${1#*=}; fi
        case $flag in
        --dry-run) dry=true ;;
        --stop | --logs | --status) action=${flag#--} ;;
        --setup-only) action=build ;;
        --build) build=1 ;;
        --full) target=gpu ;;
        --engine | --name | --image | --gpu | --port | --server-port | --models-dir | --cache-dir | --restart | --wait)
            [[ -n $value ]] || fail "$flag needs a value."
            set_container "$flag" "$value"
            if [[ $1 != *=* ]]; then shift; fi
            ;;
        --key-file | --lexicon | --model-path)
            [[ -e $value ]] || fail "$flag: there is no '$value'."
            mount_given "$flag" "$value"
            if [[ $1 != *=* ]]; then shift; fi
            ;;
        *) service+=("$1") ;;
        esac
        shift
    done
    case $restart in
    no | on-failure | on-failure:* | always | unless-stopped) ;;
    *) fail "--restart: '$restart' is none of no, on-failure, always, unless-stopped." ;;
    esac
    # 10#: a number that begins with 0 is not octal.
    if [[ ! $port =~ ^[0-9]{1,5}$ ]] || ((10#$port < 1 || 10#$port > 65535)); then fail "--port: '$port' is no port."; fi
    if [[ ! $wait_s =~ ^[0-9]{1,6}$ ]]; then fail "--wait: '$wait_s' is no number of seconds."; fi
    port=$((10#$port)) wait_s=$((10#$wait_s))
    models=$(realpath -m "$models") cache=$(realpath -m "$cache") # a bare name would be that of a volume
}

set_container() {
    case $1 in
    --engine) engine=$2 ;;
    --name) name=$2 ;;
    --image) image=$2 ;;
    --gpu) gpu=$2 target=gpu ;;
    --port | --server-port) port=$2 ;;
    --models-dir) models=$2 ;;
    --cache-dir) cache=$2 ;;
    --restart) restart=$2 ;;
    --wait) wait_s=$2 ;;
    esac
}

# A file or folder of this machine that a flag of the service names: the container sees it read-only, in a folder for
# each flag, as two may have the same name.
mount_given() {
    local inside
    inside=/app/given/${1#--}/$(basename "$(realpath -s "$2")")
    options+=(--volume "$(realpath "$2"):$inside:ro")
    service+=("$1" "$inside")
}

require_engine() {
    if [[ -z $engine ]]; then
        for engine in docker podman; do
            if command -v "$engine" >/dev/null; then return; fi
        done
        fail "--docker needs Docker or Podman, and neither was found: https://docs.docker.com/engine/install/" \
            "Leave --docker out to run on this machine."
    fi
    command -v "$engine" >/dev/null || fail "--engine: '$engine' was not found."
}

# The gpu image where there is a GPU, neural weights, or somebody asks; else the cpu one.
choose_image() {
    if [[ -n ${GPU_ID-} ]] || has_nvidia || neural_weights "$@" >/dev/null; then target=gpu; fi
    if [[ $image == *:cpu ]]; then target=cpu; fi
    image=${image:-editx:$target}
}

# The words after `run --detach`.
gather_options() {
    local mapped=() variable
    mapfile -t mapped < <(compgen -e | grep '^EDITX_' | sort || true)
    options=(
        --name "$name" --label editx.service=true --restart "$restart"
        --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges
        --publish "$port:7860" --volume "$models:/app/models$(volume_options "$models")"
        --volume "$cache:/app/cache$(volume_options "$cache")"
        "${options[@]}"
    )
    if [[ $engine == *podman* ]]; then options+=(--userns keep-id); fi
    options+=(--user "$(id -u):$(id -g)")
    if [[ $target == gpu ]]; then
        if [[ $engine == *podman* ]]; then
            options+=(--device "nvidia.com/gpu=${gpu}")
        elif [[ $gpu == all ]]; then
            options+=(--gpus all)
        else
            options+=(--gpus "\"device=$gpu\"") # quoted for the engine, which reads it as CSV
        fi
    fi
    if [[ -n ${TZ-} ]]; then options+=(--env TZ); fi
    for variable in "${mapped[@]}"; do # by name: their values stay off the command line
        case $variable in
        EDITX_SERVER_NAME | EDITX_SERVER_PORT | EDITX_MODELS_DIR | EDITX_CACHE_DIR) ;;
        EDITX_KEY_FILE | EDITX_LEXICON | EDITX_MODEL_PATH) fail "$variable: name it by its flag, so that it is mounted." ;;
        *) options+=(--env "$variable") ;;
        esac
    done
}

# What stands behind a volume: `ro` for a folder that this user cannot write, `z` where SELinux wants it labelled.
volume_options() {
    local found=()
    if [[ -d $1 && ! -w $1 ]]; then found+=(ro); fi
    if [[ $(getenforce 2>/dev/null) == Enforcing ]]; then found+=(z); fi
    if ((${#found[@]})); then (IFS=, && printf ':%s' "${found[*]}"); fi
}

# What would make a start fail later, told now.
check_machine() {
    if $dry; then return; fi
    [[ -d $models ]] || fail "--models-dir: there is no folder '$models'."
    mkdir -p "$cache" || fail "--cache-dir: '$cache' cannot be made."
    [[ -w $cache ]] || fail "--cache-dir: '$cache' cannot be written by you, and so not by the service."
    "$engine" info >/dev/null 2>&1 || fail "$engine does not answer: is its service running, and may you use it?"
    if is_there && ! is_ours; then
        fail "there is a container '$name' that this script did not make. Choose another with --name."
    fi
    if ! is_there && port_is_taken; then fail "port $port is in use. Choose another with --port."; fi
    if [[ $target == gpu ]]; then check_gpu; fi
}

check_gpu() {
    has_nvidia || fail "the image is for NVIDIA GPUs, and nvidia-smi finds none. --image editx:cpu needs none."
    if [[ $engine == *podman* ]]; then
        compgen -G '/etc/cdi/nvidia*' >/dev/null || compgen -G '/var/run/cdi/nvidia*' >/dev/null ||
            fail "Podman does not know the GPUs: nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml"
    elif ! "$engine" info --format '{{json .Runtimes}}' 2>/dev/null | grep -q nvidia; then
        fail "Docker has no NVIDIA runtime: install the NVIDIA Container Toolkit, then" \
            "nvidia-ctk runtime configure --runtime=docker, and restart Docker."
    fi
    local which=() free_mib
    if [[ $gpu != all ]]; then which=(--id="$gpu"); fi
    free_mib=$(nvidia-smi "${which[@]}" --query-gpu=memory.free --format=csv,noheader,nounits | sort -n | head -n 1) ||
        fail "--gpu: nvidia-smi knows no GPU '$gpu'."
    if ((free_mib < 12000)); then
        say "GPU memory: ${free_mib} MiB free. The model's authors advise 12000; --quantization awq-4bit wants less."
    fi
}

build_image() {
    if [[ -n $build ]] || ! has_image; then
        run_or_show "$engine" build --target "$target" --tag "$image" "$root"
    fi
}

start_container() {
    build_image
    if $dry || is_there; then run_or_show "$engine" rm --force "$name"; fi
    run_or_show "$engine" run --detach "${options[@]}" "$image" "${service[@]}"
    if $dry; then return; fi
    wait_until_ready
}

has_image() { ! $dry && "$engine" image inspect "$image" >/dev/null 2>&1; }

is_there() { [[ -n $("$engine" ps --all --quiet --filter "name=^$name\$") ]]; }

is_ours() { [[ -n $("$engine" ps --all --quiet --filter "name=^$name\$" --filter label=editx.service=true) ]]; }

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

# Runs a command, or prints it as a shell would take it.
run_or_show() {
    if $dry; then
        printf '%q ' "$@" | sed 's/ $//'
        echo
    else
        "$@"
    fi
}

stop_container() {
    if ! $dry; then
        is_there || fail "there is no container '$name'."
        is_ours || fail "the container '$name' was not made by this script; it is left alone."
    fi
    run_or_show "$engine" stop --time 15 "$name"
    run_or_show "$engine" rm --force "$name"
}

tell_status() {
    is_there || fail "there is no container '$name'."
    "$engine" ps --all --filter "name=^$name\$" --format '{{.Names}}: {{.Status}}, {{.Image}}'
    "$engine" exec "$name" /app/.venv/bin/python /app/tools/healthcheck.py --ready
}

# Until the service takes jobs; its log tells why it does not.
wait_until_ready() {
    local began=$SECONDS
    until "$engine" exec "$name" /app/.venv/bin/python /app/tools/healthcheck.py --ready >/dev/null 2>&1; do
        if [[ $("$engine" inspect --format '{{.State.Running}}' "$name") != true ]]; then
            "$engine" logs --tail 30 "$name" >&2
            fail "the service ended; its log stands above."
        fi
        if ((SECONDS - began > wait_s)); then
            fail "not ready after $wait_s s; ./start_unified.sh --docker --logs tells more."
        fi
        if [[ -t 1 ]]; then printf '\reditx: %d s' $((SECONDS - began)); fi
        read -rt 1 <> <(:) || true
    done
    if [[ -t 1 ]]; then printf '\r'; fi
    say "ready after $((SECONDS - began)) s: http://localhost:$port/"
}
