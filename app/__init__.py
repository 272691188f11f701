"""EditX: self-hosted speech cloning and editing behind a web page and an OpenAI-compatible API."""

import os

__version__ = "0.2.0"

# onnxruntime 1.31 notes what it does under ~/.cache/Microsoft, with an id of the device, to send it to its makers,
# unless this stands in the environment when it is loaded. Here nothing leaves the machine; what is set already stays.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
