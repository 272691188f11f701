"""The table of commands: what each means, its own options, and what runs it. Imports only what parsing needs."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.cli.asked import Asked

DEFAULT = "serve"
STANDARD = "-"  # where a file is named: standard input, or output
SHELLS = ("bash", "zsh", "fish")

AddOptions = Callable[[ArgumentParser], None]


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `runner` names the function that runs it, `module:function`; empty: the program itself does."""

    meaning: str
    usage: str
    add_options: AddOptions
    runner: str = ""

    def run(self, asked: Asked) -> int:
        """Do it; returns the exit status. Raises CommandFailed."""
        module, _, function = self.runner.partition(":")
        status: int = getattr(import_module(f"app.cli.{module}"), function)(asked)
        return status


def _nothing(parser: ArgumentParser) -> None:
    """For commands that settings alone steer."""
    del parser


def _client(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--server",
        metavar="URL",
        help="Ask a running service, such as http://localhost:7860, with the --api-key given."
        " Left out: load an engine here, for this command alone.",
    )
    parser.add_argument("--json", action="store_true", help="Print what was done as JSON, one line for each file.")


def _writing(parser: ArgumentParser, *, is_required: bool = True) -> None:
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        required=is_required,
        default=STANDARD,
        help="File to write, - for standard output; of a folder, the folder to write into.",
    )
    parser.add_argument("--again", action="store_true", help="Make anew what a folder has already; else it is left.")


def _sound(parser: ArgumentParser) -> None:
    _writing(parser)
    parser.add_argument(
        "--format", help="Format of the sound, such as mp3. Left out: by the name of the file, else wav."
    )
    parser.add_argument("--sample-rate", type=int, metavar="HZ", help="Left out: that of the sound.")
    parser.add_argument("--seed", type=int, metavar="N", help="Equal seeds give equal sound.")
    _client(parser)


def _text(parser: ArgumentParser) -> None:
    parser.add_argument("text", nargs="?", metavar="TEXT", help="What is to be said; - reads standard input.")
    parser.add_argument("--from", dest="source", type=Path, metavar="PATH", help="A text file, or a folder of them.")
    parser.add_argument("--speed", type=float, help="Speed at the same pitch, 0.25 to 4.")


def _said(parser: ArgumentParser) -> None:
    parser.add_argument("--said", metavar="TEXT", help="What is said in the recording; left out, Whisper listens.")


def _add_say(parser: ArgumentParser) -> None:
    _text(parser)
    parser.add_argument("--voice", default="alloy", help="A voice of `voices`. Default: alloy.")
    parser.add_argument("--instructions", metavar="TEXT", help="How to speak, in words.")
    _sound(parser)


def _add_clone(parser: ArgumentParser) -> None:
    parser.add_argument(
        "clip", metavar="CLIP", help="A recording of the voice, 3 to 30 seconds; - reads standard input."
    )
    _text(parser)
    _said(parser)
    _sound(parser)


def _add_edit(parser: ArgumentParser) -> None:
    parser.add_argument("clip", metavar="CLIP", help="The recording, a folder of them, or - for standard input.")
    parser.add_argument(
        "steps",
        nargs="+",
        metavar="STEP",
        help="TASK or TASK:TAG, one after the other, such as denoise emotion:happy; `tags` lists them.",
    )
    parser.add_argument("--intensity", type=float, help="How strong, of steps that take it; 1 is standard.")
    parser.add_argument("--iterations", type=int, metavar="N", help="How often each step that can be is repeated.")
    parser.add_argument("--text", help="For steps that take one: the words with their sounds, or what clone speaks.")
    _said(parser)
    _sound(parser)


def _add_rewrite(parser: ArgumentParser) -> None:
    parser.add_argument("clip", metavar="CLIP", help="The recording; - reads standard input.")
    parser.add_argument("text", metavar="TEXT", help="The words as they should be.")
    _said(parser)
    _sound(parser)


def _hearing(parser: ArgumentParser) -> None:
    parser.add_argument("clip", metavar="CLIP", help="The recording, a folder of them, or - for standard input.")
    parser.add_argument("--language", help="Such as en; left out, it is detected.")
    parser.add_argument(
        "--model", default="whisper-1", help="A transcription model of the service. Default: whisper-1."
    )
    parser.add_argument("--prompt", metavar="TEXT", help="Words to expect.")
    parser.add_argument("--translate", action="store_true", help="Write it down in English.")


def _add_transcribe(parser: ArgumentParser) -> None:
    _hearing(parser)
    parser.add_argument(
        "--format", choices=("text", "json", "verbose_json", "srt", "vtt"), default="text", help="Default: text."
    )
    _writing(parser, is_required=False)
    _client(parser)


def _add_subtitle(parser: ArgumentParser) -> None:
    _hearing(parser)
    parser.add_argument("--format", choices=("srt", "vtt"), default="srt", help="Default: srt.")
    _writing(parser, is_required=False)
    _client(parser)


def _add_voices(parser: ArgumentParser) -> None:
    parser.add_argument(
        "action", nargs="?", default="list", choices=("list", "add", "delete", "hear"), help="Default: list."
    )
    parser.add_argument("voice", nargs="?", metavar="VOICE", help="Id or name of a voice; of `add`, its name.")
    parser.add_argument(
        "clip", nargs="?", metavar="CLIP", help="Of `add`: a recording, 4 to 30 seconds of clear speech."
    )
    _said(parser)
    parser.add_argument("--language", help="Of `add`: of the recording, such as en-US.")
    parser.add_argument("--gender", choices=("female", "male"), help="Of `add`: of the speaker.")
    parser.add_argument("--description", metavar="TEXT", help="Of `add`: who speaks, and how.")
    parser.add_argument("--consent", metavar="ID", help="Of `add`: a consent of the library.")
    _writing(parser, is_required=False)
    _client(parser)


def _add_archive(parser: ArgumentParser) -> None:
    parser.add_argument("archive", type=Path, metavar="FILE", help="The archive.")
    parser.add_argument("--json", action="store_true", help="Print what it holds as JSON.")


def _add_restore(parser: ArgumentParser) -> None:
    _add_archive(parser)
    parser.add_argument("--replace", action="store_true", help="Set aside what is kept there now.")


def _add_erase(parser: ArgumentParser) -> None:
    parser.add_argument("--voice", metavar="VOICE", help="A saved voice, by id or name, with its consent.")
    parser.add_argument("--consent", metavar="ID", help="A consent, with all saved voices that it stands behind.")
    parser.add_argument("--session", metavar="ID", help="A session with all its takes and voices.")
    parser.add_argument("--key", metavar="NAME", help="All sessions and voices of the key of this name.")
    parser.add_argument("--yes", action="store_true", help="Do it; without this it is only told what would go.")
    parser.add_argument("--json", action="store_true", help="Print what goes as JSON.")


def _add_bench(parser: ArgumentParser) -> None:
    parser.add_argument("--voice", default="alloy", help="A voice of `voices`. Default: alloy.")
    parser.add_argument(
        "--text",
        help="What is spoken; left out, a sentence of four seconds.",
        default="The train to the coast leaves at nine, and both tickets are in my bag.",
    )
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="Requests of each client. Default: 5.")
    parser.add_argument("--clients", type=int, default=1, metavar="N", help="That ask at the same time. Default: 1.")
    _client(parser)


def _add_completion(parser: ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS, help="The shell.")


COMMANDS: Mapping[str, Command] = {
    "serve": Command("run the page and the API (the default)", "[serve]", _nothing),
    "say": Command("speak a text", "say TEXT -o FILE [options]", _add_say, "making:say"),
    "clone": Command(
        "speak a text in the voice of a recording", "clone CLIP TEXT -o FILE [options]", _add_clone, "making:clone"
    ),
    "edit": Command(
        "do one edit after the other to a recording", "edit CLIP STEP... -o FILE [options]", _add_edit, "making:edit"
    ),
    "rewrite": Command(
        "change words of a recording", "rewrite CLIP TEXT -o FILE [options]", _add_rewrite, "making:rewrite"
    ),
    "transcribe": Command(
        "write down what is said", "transcribe CLIP [options]", _add_transcribe, "hearing:transcribe"
    ),
    "subtitle": Command(
        "write subtitles of what is said", "subtitle CLIP [options]", _add_subtitle, "hearing:transcribe"
    ),
    "voices": Command(
        "list, add, delete or hear voices",
        "voices [list | add NAME CLIP | delete VOICE | hear VOICE -o FILE] [options]",
        _add_voices,
        "voices:voices",
    ),
    "tags": Command("list the tasks and tags of edits", "tags [options]", _client, "tags:tags"),
    "bench": Command("measure how quickly speech is made", "bench [options]", _add_bench, "bench:bench"),
    "backup": Command(
        "write all that is kept into one archive", "backup FILE [options]", _add_archive, "keeping:backup"
    ),
    "restore": Command(
        "bring back all that is kept from an archive", "restore FILE [options]", _add_restore, "keeping:restore"
    ),
    "erase": Command(
        "remove all that is kept of a voice, a consent, a session or a key",
        "erase (--voice VOICE | --consent ID | --session ID | --key NAME) [options]",
        _add_erase,
        "keeping:erase",
    ),
    "prepare": Command("fetch and check the parts of the embedded engine, then end", "prepare", _nothing),
    "download": Command("bring the weights of the neural backend, about 10 GB, then end", "download", _nothing),
    "doctor": Command("check this machine, the weights and the speech they make, then end", "doctor", _nothing),
    "completion": Command(
        "print what completes commands in a shell",
        f"completion {{{','.join(SHELLS)}}}",
        _add_completion,
        "completion:completion",
    ),
}
