#!/usr/bin/env bash
# A stranger's walk: a fresh clone is set up, served and asked as the README says, the container is shown dry, and two faults
# are planted and mended by what the program itself says.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly root port=${PORT:-7863}
work=$(mktemp -d)
readonly work clone=$work/editx
service=

finish() {
    if [[ -n $service ]]; then kill "$service" 2>/dev/null || true; fi
    rm -rf --one-file-system "$work"
}
trap finish EXIT

# The blocks of the README that begin with curl, with the port of this walk, one after the other.
readme() {
    awk '/^```bash$/ { inside = 1; text = ""; next }
         /^```$/ { if (inside && text ~ /^curl/) printf "%s", text; inside = 0 }
         inside { text = text $0 "\n" }' README.md | sed "s/localhost:7860/127.0.0.1:$port/"
}

git clone --quiet "$root" "$clone"
cd "$clone"
began=$SECONDS
./start_unified.sh --setup-only >"$work/setup.log" 2>&1 || { tail "$work/setup.log" >&2 && exit 1; }
echo "set up in $((SECONDS - began)) s, weights fetched"

began=$SECONDS
./start_unified.sh --server-name 127.0.0.1 --server-port "$port" >"$work/service.log" 2>&1 &
service=$!
until curl --silent --fail -o "$work/ready" "http://127.0.0.1:$port/readyz"; do
    kill -0 "$service"
    read -rt 1 <> <(:) || true
done
echo "ready in $((SECONDS - began)) s"

.venv/bin/python -c 'import soundfile; soundfile.write("me.wav", *soundfile.read("tests/data/clips/ref_en_male.flac"))'
bash -euc "$(readme)" 2>"$work/curl.log"
[[ $(.venv/bin/editx transcribe cloned.wav --server "http://127.0.0.1:$port") == *"never said this"* ]]
echo "the calls of the README made sound, and the clone was heard right"

./start_unified.sh --docker --dry-run --image editx:cpu | tail -n 1

if .venv/bin/editx serve --server-name 127.0.0.1 --server-port "$port" 2>"$work/port.log"; then exit 1; fi
grep -o 'Stop the program that uses this port.*' "$work/port.log"
kill "$service" && wait "$service" || true
service=

printf '\0\1' | dd of=models/embedded/silero_vad.onnx bs=1 seek=5000 conv=notrunc status=none
if .venv/bin/editx edit me.wav vad -o short.wav 2>"$work/weights.log"; then exit 1; fi
grep -o 'has the wrong SHA-256' "$work/weights.log" | head -n 1
rm models/embedded/silero_vad.onnx
.venv/bin/editx prepare >"$work/prepare.log"
.venv/bin/editx edit me.wav vad -o short.wav
echo "both faults were told, and mended as told"
