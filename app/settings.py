"""Settings: every knob of the service, once, with its unit and meaning.

A knob comes from its flag (`--server-port`, which `app/cli/parser.py` makes of the field) or its variable
(`EDITX_SERVER_PORT`); the flag wins. `docs/settings.md` is made from this file. It imports nothing of the engine, so
that `--help` answers at once.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.model_variants import DEFAULT_QUANTIZATION, Quantization, Spelling, Variant

PROJECT = Path(__file__).resolve().parents[1]
PREFIX = "EDITX_"
MIB = 1024 * 1024

# A Kubernetes service named "editx" puts these into every container of its namespace; they are not ours.
_SERVICE_LINK = re.compile(rf"{PREFIX}(SERVICE_(HOST|PORT.*)|PORT(_.*)?)")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?")
_ORIGIN = re.compile(r"\*|https?://[^/\s]+")

Names = Annotated[tuple[str, ...], NoDecode]  # NoDecode: a variable holds a comma list, not JSON

SHORTER_FLAGS = {"model_source": "--source"}


def _own_folder(name: str) -> Path:
    """Where weights (`models`) and run-time data (`cache`) lie by default: in the folder of a checkout or an image; of
    an installed wheel, which has none, in the user's folder of data (XDG Base Directory Specification).
    """
    if (PROJECT / "start_unified.sh").is_file():
        return PROJECT / name
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "editx" / name


class BadSettings(Exception):
    """A flag or variable is unknown or has an impossible value; the message names it."""


class Settings(BaseSettings):
    """Every knob, validated and frozen."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid", populate_by_name=True
    )

    # Doors
    server_name: str = Field(
        default="0.0.0.0",
        min_length=1,
        description="Address to listen on. 0.0.0.0 is every network of the machine; 127.0.0.1 is this machine only.",
    )
    server_port: int = Field(default=7860, ge=1, le=65535, description="TCP port of page and API.")
    wyoming_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="TCP port of the door for Home Assistant (Wyoming protocol), at the same address. The protocol has "
        "no keys: whoever reaches it may speak and transcribe. None: closed.",
    )
    ui: bool = Field(default=True, description="Serve the web page at /. `--no-ui` leaves it out.")
    api: bool = Field(default=True, description="Serve the API under /v1. `--no-api` leaves it out; probes stay.")
    api_keys: Names = Field(
        default=(),
        validation_alias=f"{PREFIX}API_KEY",
        repr=False,
        description="Keys that open page and API (comma list, or the flag repeated). None: both are open to all.",
    )
    key_file: Path | None = Field(
        default=None,
        description="File of named, hashed keys with limits of their own, read again when it changes: see "
        "docs/security.md.",
    )
    public_page: bool = Field(
        default=False,
        description="Leave the page open when there are keys: whoever reaches it may speak, save and delete voices.",
    )
    trusted_proxies: Names = Field(
        default=(),
        description="Addresses or networks of proxies (comma list) whose `X-Forwarded-For` says who asks. None: the "
        "address that a connection comes from does. Callers without a key share the service by their addresses.",
    )
    cors_origins: Names = Field(
        default=(), description="Web origins whose pages may call the API (comma list), such as https://example.org."
    )
    allowed_origins: Names = Field(
        default=(),
        description="Web origins beside the service's own whose pages may use the page's routes and show it in a frame "
        "(comma list): needed behind a proxy that changes `Host`.",
    )
    allowed_hosts: Names = Field(
        default=(),
        description="Names by which the service may be asked (comma list of `host` or `host:port`), against sites that "
        "make their own name mean this machine. None: any.",
    )
    public_voice_list: bool = Field(
        default=False, description="List names of voices and models without an API key: Open WebUI asks so."
    )
    public_metrics: bool = Field(
        default=False,
        description="Answer /metrics without an API key: what Prometheus reads of requests, jobs and memory.",
    )
    require_consent: bool = Field(
        default=False,
        description="Save a voice, and clone from a saved one, only with a consent of the library behind it "
        "(`/v1/audio/voice_consents`). Recordings that come with a request are not asked about.",
    )
    mark: bool = Field(
        default=True,
        description="Say in the metadata of files that their speech is synthetic. `--no-mark` leaves it out: whoever "
        "passes the speech on must then mark it.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least weight of a log line that is written."
    )

    # Engine
    backend: str = Field(
        default="auto",
        description="What makes the speech: `step-audio` (the neural model), `embedded`, or `auto`: the best that this "
        "machine can run.",
    )
    threads: int = Field(default=2, ge=1, le=256, description="CPU threads one job may use.")
    max_concurrent_jobs: int = Field(default=2, ge=1, le=64, description="Jobs that compute at the same time.")
    max_queue: int = Field(default=16, ge=0, le=10_000, description="Jobs that may wait; further ones get status 429.")
    max_queued_audio_s: float = Field(
        default=7200.0,
        gt=0,
        le=10_000_000,
        allow_inf_nan=False,
        description="Seconds of sound, as far as can be estimated, that all jobs under way may be about to make or "
        "change; further ones get status 429. One job alone may have more.",
    )
    job_timeout_s: float = Field(
        default=600.0, gt=0, le=86_400, allow_inf_nan=False, description="Seconds after which a job is stopped."
    )
    enable_auto_transcribe: bool = Field(
        default=True, description="Fill a missing transcript with Whisper. Off: a missing transcript stays empty."
    )
    whisper_model: str = Field(
        default="base",
        min_length=1,
        description="Whisper model that writes transcripts; `base` works offline, any other openai-whisper name is "
        "downloaded when it is first used.",
    )

    # Limits of one request
    max_upload_bytes: int = Field(default=25 * MIB, ge=1024, description="Bytes of one uploaded or fetched audio file.")
    max_audio_s: float = Field(
        default=600.0, ge=1, le=86_400, allow_inf_nan=False, description="Seconds of sound in one audio file."
    )
    max_decoded_bytes: int = Field(
        default=512 * MIB,
        ge=MIB,
        description="Bytes one audio file may unpack to, all channels as 32-bit samples; and bytes of all clips that "
        "are being decoded together.",
    )
    max_input_chars: int = Field(default=4096, ge=1, description="Characters of text in one request.")
    lexicon: Path | None = Field(
        default=None,
        description="File of pronunciations for every text: UTF-8, a line each of `word = pronunciation`, which is a "
        "respelling (`win`), phonemes (`/wˈɪn/`; the embedded engine only) or pinyin (`chong2 qing4`). A request adds "
        "its own.",
    )
    allow_urls: bool = Field(default=True, description="Fetch audio from http and https addresses a request names.")
    url_allowed_hosts: Names = Field(
        default=(),
        description="Hosts (comma list of `host` or `host:port`) that may be fetched from even at private addresses.",
    )
    url_timeout_s: float = Field(
        default=20.0, gt=0, le=3600, allow_inf_nan=False, description="Seconds one fetch may take in all."
    )

    # What is kept on disk
    cache_dir: Path = Field(
        default=_own_folder("cache"), description="Folder of run-time data: cache, saved voices, consents."
    )
    models_dir: Path = Field(default=_own_folder("models"), description="Folder of the weights.")
    offline: bool = Field(default=False, description="Never download anything; use only what is on disk.")
    cache: bool = Field(default=True, description="Keep what is computed from a reference. `--no-cache` never does.")
    cache_max_entries: int = Field(default=1000, ge=1, le=1_000_000, description="Entries the cache keeps.")
    cache_max_bytes: int = Field(default=512 * MIB, ge=1024, description="Bytes the cache keeps on disk.")
    take_max_age_s: float = Field(
        default=7 * 86_400.0, ge=60, allow_inf_nan=False, description="Seconds after which a take of the page expires."
    )
    takes_max_bytes: int = Field(
        default=2048 * MIB, ge=MIB, description="Bytes all takes of the page keep on disk; the oldest make room."
    )
    max_sessions: int = Field(
        default=1000, ge=1, le=100_000, description="Sessions of one key, or of all who need none, that the API makes."
    )
    max_saved_voices: int = Field(
        default=200, ge=0, le=100_000, description="Voices that users may save, and as many consents."
    )

    # The neural backend; the embedded one has no use for these and says so at start
    model_path: Path | None = Field(
        default=None,
        description="Folder that holds `Step-Audio-Tokenizer` and `Step-Audio-EditX`, or one of the two. None: the "
        "folder of the weights.",
    )
    model_source: Literal["auto", "local", "huggingface", "modelscope"] = Field(
        default="auto",
        description="Where the weights come from; `--source` is short for it. `download` takes the hub named, with "
        "`auto` the first that answers. The service itself downloads what is missing only when a hub is named and the "
        "neural backend is asked for, or can be chosen because there is a CUDA device.",
    )
    variant: Literal[Variant, "all"] = Field(
        default="base",
        description="What is downloaded: the language model in full (`base`), in 4 bits (`awq`), or both (`all`). "
        "`bnb` is made from `base` while loading.",
    )
    torch_dtype: Literal["float16", "bfloat16", "float32"] = Field(
        default="bfloat16", description="Number format the neural backend computes in."
    )
    device_map: str = Field(
        default="cuda", pattern=r"^(auto|cpu|cuda(:\d+)?)$", description="Device: `auto`, `cpu`, `cuda`, `cuda:0` ..."
    )
    quantization: Quantization = Field(
        default=DEFAULT_QUANTIZATION,
        description="Variant that answers where a request names none: `int4` is `bnb`, `awq-4bit` is `awq`, `none` the "
        "first that is there of `base`, `awq`, `bnb`.",
    )

    max_slots: int | None = Field(
        default=None,
        ge=2,
        le=256,
        description="Answers that the language model makes together, a step for all of them; a guided one (`intensity` "
        "other than 1) counts as two. None: as many as half of the memory left beside the weights holds, 16 at most.",
    )
    sound_spelling: Literal[Spelling, "auto"] = Field(
        default="auto",
        description="How the weights spell sounds such as `[laugh]`: as those from 2026-01-29 on (`current`) or those "
        "of before, which know ten (`first`). `auto`: by the day in the manifest of `download`, else `current`.",
    )

    @property
    def asks_for_key(self) -> bool:
        """Whether people sign in to the page with a key."""
        return self.needs_key and not self.public_page

    @property
    def needs_key(self) -> bool:
        """Whether the service is closed to who has no key."""
        return bool(self.api_keys) or self.key_file is not None

    @field_validator(
        "api_keys",
        "trusted_proxies",
        "cors_origins",
        "allowed_origins",
        "allowed_hosts",
        "url_allowed_hosts",
        mode="before",
    )
    @classmethod
    def _split_commas(cls, value: object) -> object:
        parts = [value] if isinstance(value, str) else value
        if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
            return value
        return tuple(name.strip() for part in parts for name in part.split(",") if name.strip())

    @field_validator(
        "log_level",
        "backend",
        "model_source",
        "variant",
        "torch_dtype",
        "quantization",
        "sound_spelling",
        mode="before",
    )
    @classmethod
    def _ignore_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("api_keys")
    @classmethod
    def _check_keys(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        if any(not key.isascii() or not key.isprintable() or " " in key for key in keys):
            raise ValueError("a key may hold only printable ASCII characters without spaces")
        return keys

    @field_validator("url_allowed_hosts", "allowed_hosts")
    @classmethod
    def _check_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        lowered = tuple(host.lower() for host in hosts)
        for host in lowered:
            if not _HOST.fullmatch(host):
                raise ValueError(f"'{host}' is not a host name such as media.example.org or 10.0.0.5:8080")
        return lowered

    @field_validator("allowed_origins")
    @classmethod
    def _check_own_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        if "*" in origins:
            raise ValueError("name the origins: the page answers with what belongs to whoever looks at it")
        return tuple(origin.lower().rstrip("/") for origin in cls._check_origins(origins))

    @field_validator("cors_origins")
    @classmethod
    def _check_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"'{origin}' is not an origin such as https://example.org (no path)")
        return origins

    @field_validator("cache_dir", "models_dir", "model_path", "key_file", "lexicon")
    @classmethod
    def _make_absolute(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser().absolute()

    @field_validator("cache_dir", "models_dir")
    @classmethod
    def _check_folder(cls, path: Path) -> Path:
        if path.exists() and not path.is_dir():
            raise ValueError("is a file; give a folder")
        return path

    @field_validator("key_file")
    @classmethod
    def _check_key_file(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_file():
            raise ValueError("there is no such file")
        return path

    @field_validator("model_path")
    @classmethod
    def _check_model_path(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_dir():
            raise ValueError("there is no such folder")
        return path

    @model_validator(mode="after")
    def _check_doors(self) -> Settings:
        if not self.ui and not self.api:
            raise ValueError("--no-ui and --no-api together leave nothing to serve")
        return self


def flag_of(field: str) -> str:
    """The flag of a field: `--server-port`; a switch that is on by default is turned off by `--no-...`."""
    return "--api-key" if field == "api_keys" else "--" + field.replace("_", "-")


def variable_of(field: str) -> str:
    """The environment variable of a field: `EDITX_SERVER_PORT`."""
    return PREFIX + flag_of(field)[2:].replace("-", "_").upper()


def choices_of(field: FieldInfo) -> tuple[str, ...]:
    """The words a field takes; empty when it is not a choice."""
    return tuple(map(str, get_args(field.annotation))) if get_origin(field.annotation) is Literal else ()


def settings_of(given: Mapping[str, Any]) -> Settings:
    """The settings that these values, by their fields, and the environment ask for. Raises BadSettings."""
    _refuse_unknown_variables(os.environ)
    try:
        return Settings(**given)
    except ValidationError as error:
        raise BadSettings("\n".join(_explained(error, given))) from None


def default_text(field: FieldInfo) -> str:
    """A field's default as people write it; paths relative to the project's folder."""
    default: Any = field.default
    if isinstance(default, Path):
        return str(default.relative_to(PROJECT) if default.is_relative_to(PROJECT) else default)
    if default is None or default == ():
        return "none"
    if isinstance(default, bool):
        return "on" if default else "off"
    return f"{default:g}" if isinstance(default, float) else str(default)


def _refuse_unknown_variables(environ: Mapping[str, str]) -> None:
    """A misspelled variable must not fail silently: `EDITX_APIKEY` would leave the API open."""
    known = {variable_of(name) for name in Settings.model_fields}
    for variable in sorted(environ):
        name = variable.upper()  # as pydantic-settings reads them
        if not name.startswith(PREFIX) or name in known or _SERVICE_LINK.fullmatch(name):
            continue
        hint = difflib.get_close_matches(name, known, n=1)
        raise BadSettings(f"{variable}: there is no such setting." + (f" Did you mean {hint[0]}?" if hint else ""))


def _explained(error: ValidationError, given: Mapping[str, object]) -> Iterator[str]:
    for fault in error.errors(include_url=False):
        name = _field_at(fault["loc"])
        message = fault["msg"].removeprefix("Value error, ")
        if name is None:
            yield message
            continue
        source = flag_of(name) if name in given else variable_of(name)
        shown = "" if name == "api_keys" else f" (got {str(fault['input'])!r})"
        yield f"{source}: {message}{shown}"


def _field_at(loc: tuple[int | str, ...]) -> str | None:
    if not loc:
        return None
    fields = Settings.model_fields
    return next(name for name in fields if loc[0] in (name, fields[name].validation_alias, variable_of(name)))
