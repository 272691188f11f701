"""The door for Home Assistant: the Wyoming protocol over TCP, for speech and transcription.

The protocol knows no keys: whoever reaches the port may speak and transcribe. `--wyoming-port` opens it; it
is off otherwise.
"""
