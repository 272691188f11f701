"""What the properties of answers mean, for the OpenAPI document: by their names, which mean the same everywhere.

`Schema.name` says it where a name means something of its own. Fields of requests are described where they are defined.
"""

from __future__ import annotations

from collections.abc import Mapping

DESCRIPTIONS: Mapping[str, str] = {
    # Of nearly everything
    "object": "What kind of object this is, in OpenAI's words.",
    "id": "The id, by which other routes name it.",
    "name": "The name, as people read it.",
    "description": "What it is, for people.",
    "data": "The entries of the list.",
    "created": "When it was made, in Unix seconds.",
    "created_at": "When it was made, in Unix seconds.",
    "deleted": "That it is deleted.",
    "status": "The state, in one word.",
    "language": "The language, as a BCP 47 tag such as `en-US`, or its first part.",
    "locale": "The language, as a BCP 47 tag such as `en-US`.",
    "gender": "`female`, `male`, or empty where nobody said.",
    # Errors
    "error": "What went wrong.",
    "message": "A sentence for people; it may change.",
    "ErrorDetail.type": "The family of the failure.",
    "param": "The field at fault, if it is one.",
    "code": "What went wrong, for programs; it stays the same.",
    # Voices and consents
    "AudioVoice.type": "How the voice came about.",
    "source": "`builtin` for presets, `custom` for saved voices, `alias` for other names of presets.",
    "is_shared": "Whether everybody sees it; otherwise its owner alone: a key, or a session of the page.",
    "preview_url": "Where the reference clip is heard.",
    "prompt_audio": "Where the reference clip is heard.",
    "prompt_text": "What is said in the reference clip.",
    "VoiceList.voices": "The voices, or with `legacy` their names.",
    "VoiceList.data": "The voices; with `model` grouped under it.",
    "model": "The model that was named.",
    "model_id": "The model that was named, or the one that is named where none is.",
    "voice_id": "The id, which speech takes as `voice`.",
    "SpeachesVoice.sample_rate": "The rate of its speech, in Hz.",
    "first_id": "The id of the first entry of this page.",
    "last_id": "The id of the last entry of this page: the `after` of the next one.",
    "has_more": "Whether there is a next page.",
    # Models
    "owned_by": "Who serves it.",
    "task": "What the model does.",
    "variant": "The variant of the model that the name stands for, where it has several.",
    "loaded": "Whether this variant waits in memory, where there are several.",
    "voices": "The voices that a speech model's requests may name.",
    "models": "The speech models.",
    # Probes
    "reason": "Why no jobs are taken; empty when they are.",
    "backend": "The backend that answers.",
    "variants": "The variants of the model that can be asked for.",
    "absent_variants": "Variants that cannot be had, each with the reason.",
    "memory_bytes": "Parts that are loaded, each with its size where it is known.",
    "changed_weights": "Files of weights that are no longer what was verified, each with what is wrong. They are "
    "hashed once a day; what is loaded stays as it was.",
    "missing": "Kinds of jobs that cannot be done, each with the reason.",
    "running": "Jobs that compute.",
    "waiting": "Jobs that wait.",
    # The catalogue
    "tags": "The tags of the task.",
    "label_zh": "The name in Chinese.",
    "Tags.data": "The names of the tags of each task.",
    "tasks": "All tasks with their tags.",
    "intensity": "The limits of `intensity`.",
    "n_edit_iter": "The limits of `n_edit_iter`.",
    "minimum": "The least value.",
    "maximum": "The largest value.",
    "default": "The value of a request that gives none.",
    # Cache and keys
    "cleared": "How many entries were removed.",
    "entries": "Entries that the cache holds.",
    "capacity": "Entries that it holds at most.",
    "bytes": "Their size on the disk.",
    "hits": "Look-ups since the start that found an entry.",
    "misses": "Look-ups since the start that found none.",
    "hit_rate": "The share of look-ups that found one.",
    "evictions": "Entries since the start that made room for others.",
    "saved_s": "Seconds of computing that entries spared, as measured when they were made.",
    "set_aside": "Files found since the start that were no entries.",
    "requests": "Requests since the start.",
    "audio_s": "Seconds of sound made since the start.",
    "audio_s_last_hour": "Seconds of sound made within the last hour.",
    "audio_s_per_hour": "Seconds of sound that may be made in an hour; null: any.",
    "max_jobs": "Jobs that may run or wait at once; null: the share of every caller.",
    # Readings
    "parts": "The text by language.",
    "readings": "The stretches of the text, in order.",
    "phonemes": "The phonemes that are said; empty where a model reads letters itself.",
    "written": "The stretch as it is written.",
    "spoken": "What is said for it.",
    "kind": "The rule that read it.",
    "words": "The words that are said, in order.",
    "word": "The word that is said.",
}
