#!/usr/bin/env bash
# Sets up what is missing and starts EditX: page and API in one process.
set -euo pipefail

# shellcheck source=tools/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/tools/setup.sh"
# shellcheck source=tools/container.sh
source "$root/tools/container.sh"

usage() {
    cat <<'TEXT'
usage: ./start_unified.sh [--local | --docker] [--full] [--setup-only] [flags of the service]

  --local        run on this machine in .venv (the default)
  --docker       run in a container, with Docker or Podman; the image is built when it is not here
  --full         install the packages of both backends; without it those of the neural one are installed
                 only where there is an NVIDIA GPU, or weights of the neural backend
  --setup-only   install and fetch everything, then end; with --docker, build the image that is not here, then end
  --help         this text and, once set up, the flags of the service

Example: ./start_unified.sh --server-port 8000 --api-key my-secret

TEXT
    container_usage
}

mode=local setup_only=false help=false full=() flags=()
for flag in "$@"; do
    case $flag in
    --local) mode=local ;;
    --docker) mode=docker ;;
    --full) full=(--full) ;;
    --setup-only) setup_only=true ;;
    --help | -h) help=true ;;
    *) flags+=("$flag") ;;
    esac
done

if $help; then
    usage
    if [[ -f $venv/.editx-embedded || -f $venv/.editx-full ]]; then
        echo && run_app --help
    fi
    exit 0
fi

if [[ $mode == docker ]]; then
    if $setup_only; then flags+=(--setup-only); fi
    container "${full[@]}" "${flags[@]}"
    exit
fi

set_up_service "${full[@]}" "${flags[@]}"

status=0
prepare_parts "${flags[@]}" || status=$?
if ((status > 1)); then
    exit "$status" # wrong flags: the program has said which
fi
if $setup_only; then
    if ((status)); then
        fail "the packages are installed, but some parts are missing (see above); run this script again to fetch them."
    fi
    say "set up; ./start_unified.sh starts the service"
    exit 0
fi
if ((status)); then
    say "some parts are missing (see above): jobs that need them are refused until they are there"
fi

export PYTHONPATH="$root"
exec "$venv_python" -P -m app.main "${flags[@]}"
