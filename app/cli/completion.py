"""`completion`: a script for the shell, made of the table of commands and their flags.

bash: eval "$(editx completion bash)"        zsh: the same with zsh        fish: editx completion fish | source
"""

from __future__ import annotations

import sys

from app.cli.asked import Asked
from app.cli.commands import COMMANDS, SHELLS
from app.cli.parser import flags_of
from app.cli.statuses import DONE

# What is completed is the last word: the command where none stands yet, flags after a hyphen, else files.
_BASH = """\
_editx() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} command=serve candidate
    for candidate in "${{COMP_WORDS[@]:1:$((COMP_CWORD - 1))}}"; do
        case $candidate in {pattern}) command=$candidate && break ;; esac
    done
    if [[ $word == -* ]]; then
        case $command in
{cases}
        esac
    elif ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W '{commands}' -- "$word"))
    else
        COMPREPLY=()
        while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done < <(compgen -f -- "$word")
    fi
}}
complete -o filenames -F _editx editx
"""


def completion(asked: Asked) -> int:
    """Print the script."""
    sys.stdout.write(script(asked.options.shell))
    return DONE


def script(shell: str) -> str:
    """The script of one of SHELLS."""
    assert shell in SHELLS
    if shell == "fish":
        return _fish()
    cases = "\n".join(
        f"            {name}) COMPREPLY=($(compgen -W '{' '.join(flags_of(name))}' -- \"$word\")) ;;"
        for name in COMMANDS
    )
    bash = _BASH.format(pattern="|".join(COMMANDS), cases=cases, commands=" ".join(COMMANDS))
    return bash if shell == "bash" else f"autoload -U +X bashcompinit && bashcompinit\n{bash}"


def _fish() -> str:
    rows = [
        f"complete -c editx -n __fish_use_subcommand -f -a {name} -d '{command.meaning}'"
        for name, command in COMMANDS.items()
    ]
    for name in COMMANDS:
        longs = (flag[2:] for flag in flags_of(name) if flag.startswith("--"))
        rows += [f"complete -c editx -n '__fish_seen_subcommand_from {name}' -l {flag}" for flag in longs]
    return "\n".join(rows) + "\n"
