"""Settings: flags and variables, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.cli.parser import parse
from app.settings import PROJECT, BadSettings, Settings, flag_of, variable_of


def settings_of(*flags: str) -> Settings:
    return parse(flags).settings


def test_without_flags_it_serves_page_and_api_on_port_7860() -> None:
    asked = parse([])
    settings = asked.settings
    assert asked.command == "serve"
    assert (settings.server_port, settings.ui, settings.api, settings.api_keys) == (7860, True, True, ())
    assert settings.cache_dir == PROJECT / "cache"


def test_flags_of_the_predecessor_keep_working(tmp_path: Path) -> None:
    settings = settings_of(
        *("--model-path", str(tmp_path), "--model-source", "modelscope", "--server-name", "127.0.0.1"),
        *("--server-port", "7861", "--enable-auto-transcribe", "--torch-dtype", "float16"),
        *("--device-map", "cuda:1", "--quantization", "int4"),
    )
    assert settings.model_path == tmp_path
    assert settings.model_source == "modelscope"
    assert (settings.server_name, settings.server_port) == ("127.0.0.1", 7861)
    assert settings.enable_auto_transcribe
    assert (settings.torch_dtype, settings.device_map, settings.quantization) == ("float16", "cuda:1", "int4")


def test_a_switch_is_turned_off_by_flag_or_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not settings_of("--no-ui").ui
    assert not settings_of("--no-cache").cache
    monkeypatch.setenv("EDITX_API", "false")
    assert not settings_of().api


def test_the_flag_wins_over_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITX_SERVER_PORT", "8000")
    assert settings_of().server_port == 8000
    assert settings_of("--server-port", "9000").server_port == 9000


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_a_flag_and_a_variable(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    default = Settings.model_fields[name].default
    text = {tuple: "one.example", bool: "true", Path: "/", type(None): "/"}.get(type(default), str(default))
    text = "https://one.example" if name in ("cors_origins", "allowed_origins") else text
    text = {"key_file": __file__, "wyoming_port": "10200", "max_slots": "4"}.get(name, text)
    by_flag = settings_of(flag_of(name), *([] if isinstance(default, bool) else [text]))
    monkeypatch.setenv(variable_of(name), text)
    assert getattr(settings_of(), name) == getattr(by_flag, name)
    assert name in by_flag.model_fields_set


def test_lists_take_commas_and_repetition(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_of("--api-key", "a, b", "--api-key", "c").api_keys == ("a", "b", "c")
    monkeypatch.setenv("EDITX_API_KEY", "x,y,")
    assert settings_of().api_keys == ("x", "y")


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITX_SERVER_PORT", "")
    assert settings_of().server_port == 7860


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--server-port", "0"], "--server-port"),
        (["--server-port", "70000"], "--server-port"),
        (["--server-port", "http"], "--server-port"),
        (["--torch-dtype", "float8"], "--torch-dtype"),
        (["--device-map", "gpu"], "--device-map"),
        (["--job-timeout-s", "0"], "--job-timeout-s"),
        (["--job-timeout-s", "nan"], "--job-timeout-s"),
        (["--max-audio-s", "inf"], "--max-audio-s"),
        (["--max-queue", "-1"], "--max-queue"),
        (["--cache-max-entries", "0"], "--cache-max-entries"),
        (["--model-path", "/no/such/folder"], "--model-path"),
        (["--cache-dir", __file__], "--cache-dir"),
        (["--cors-origins", "example.org"], "--cors-origins"),
        (["--url-allowed-hosts", "http://example.org/"], "--url-allowed-hosts"),
        (["--api-key", "two words"], "--api-key"),
        (["--no-ui", "--no-api"], "--no-ui and --no-api"),
    ],
)
def test_an_impossible_value_is_refused_by_its_flag(flags: list[str], named: str) -> None:
    with pytest.raises(BadSettings) as refused:
        parse(flags)
    assert str(refused.value).startswith(named)


def test_an_impossible_variable_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITX_SERVER_PORT", "eighty")
    with pytest.raises(BadSettings, match=r"^EDITX_SERVER_PORT: .*'eighty'"):
        parse([])


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(BadSettings) as refused:
        parse(["--server-port", "0", "--threads", "0"])
    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == ["--server-port", "--threads"]


def test_a_misspelled_variable_is_refused_and_the_right_one_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITX_APIKEY", "secret")
    with pytest.raises(BadSettings, match=r"EDITX_APIKEY: .* Did you mean EDITX_API_KEY"):
        parse([])


def test_the_variables_of_a_kubernetes_service_named_editx_are_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("EDITX_SERVICE_HOST", "EDITX_SERVICE_PORT_HTTP", "EDITX_PORT", "EDITX_PORT_80_TCP_ADDR"):
        monkeypatch.setenv(name, "10.0.0.1")
    assert settings_of().server_port == 7860


@pytest.mark.parametrize("flags", [["--server-prot", "80"], ["--server-por", "80"], ["dance"], ["--api-key"]])
def test_unknown_flags_and_commands_end_with_status_2(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(flags)
    assert ended.value.code == 2
    assert flags[0] in capsys.readouterr().err


def test_keys_are_never_shown() -> None:
    assert "geheim" not in repr(settings_of("--api-key", "geheim"))
    with pytest.raises(BadSettings) as refused:
        parse(["--api-key", "geheim wort"])
    assert "geheim" not in str(refused.value)


def test_settings_cannot_be_changed_or_extended() -> None:
    settings = Settings()
    with pytest.raises(ValidationError):
        settings.server_port = 80  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Settings(server_prot=80)
