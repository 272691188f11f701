"""Make the preset voices: speak each row's text with a stock voice, edit it where the row says so, store FLAC.

Run: python -m tools.make_preset_voices
It writes app/assets/voices/<id>.flac and voices.json. The clips are the engine's own, so their licence is ours.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import soundfile

from app.engine.edits import Edit
from app.engine.embedded.expression.expression import express
from app.engine.embedded.text.phonemes import to_phonemes
from app.engine.embedded.voice.kokoro import Kokoro
from app.engine.embedded.voice.stock_voices import StockVoices
from app.engine.job import JobControl
from app.engine.parts.parts import Parts
from app.engine.sound.audio import Audio, edge_faded, loudness_lufs, soft_limited, without_silent_ends
from app.settings import Settings

OUT = Path(__file__).parents[1] / "app" / "assets" / "voices"
CREATED_AT = 1_795_305_600  # 2026-11-22: fixed, so that a new run changes nothing
LOUDNESS_LUFS = -21.0


@dataclass(frozen=True)
class Row:
    """One preset: `name` and `name_zh` say what people choose by, language, sex and character; `id` never changes."""

    id: str
    name: str
    name_zh: str
    stock: str
    locale: str
    gender: str
    description: str
    transcript: str
    edit: Edit | None = None


ROWS = (
    Row("fear_female", "Mandarin woman, frightened", "普通话女声，惊恐", "zf_xiaoyi", "zh-CN", "female",
        "Mandarin woman, frightened",
        "你听见了吗？走廊里好像有脚步声，我真的很害怕，我们快点离开这里吧。", Edit("emotion", "fear")),
    Row("happy_en", "American woman, happy", "美式女声，开心", "af_bella", "en-US", "female",
        "American woman, happy",
        "You will never guess what happened today. I got the job, and I start on Monday!", Edit("emotion", "happy")),
    Row("whisper_cn", "Mandarin woman, whispering", "普通话女声，耳语", "zf_xiaoxiao", "zh-CN", "female",
        "Mandarin woman, whispering",
        "小声一点，孩子刚刚睡着，我们到外面的花园里慢慢说。", Edit("style", "whisper")),
    Row("story_teller", "British man, telling a story", "英式男声，讲故事", "bm_fable", "en-GB", "male",
        "British man, telling a story",
        "Long ago, beyond the last blue hill, there lived a clockmaker who had never once been late.",
        Edit("style", "story")),
    Row("heart_en", "American woman, warm", "美式女声，温暖", "af_heart", "en-US", "female",
        "American woman, warm and natural",
        "Good morning, everyone. Please take a seat, and we will begin in just a moment."),
    Row("nicole_en", "American woman, soft", "美式女声，轻柔", "af_nicole", "en-US", "female",
        "American woman, soft and close",
        "Close your eyes, breathe slowly, and let the sound of the rain carry you away."),
    Row("michael_en", "American man, steady", "美式男声，沉稳", "am_michael", "en-US", "male",
        "American man, steady",
        "The train to the coast leaves at nine, and the journey takes about three hours."),
    Row("fenrir_en", "American man, deep", "美式男声，低沉", "am_fenrir", "en-US", "male",
        "American man, deep and lively",
        "We climbed for two days through the snow before we finally saw the valley below."),
    Row("puck_en", "American man, young", "美式男声，年轻", "am_puck", "en-US", "male",
        "American man, young and bright",
        "Okay, here is the plan. You bring the tent, and I will take care of the food."),
    Row("emma_gb", "British woman, friendly", "英式女声，亲切", "bf_emma", "en-GB", "female",
        "British woman, clear and friendly",
        "The gallery opens at ten, and the guided tour starts beside the main staircase."),
    Row("george_gb", "British man, calm", "英式男声，平静", "bm_george", "en-GB", "male",
        "British man, calm and mature",
        "In the end it was the smallest of the three letters that told them everything."),
    Row("xiaoxiao_cn", "Mandarin woman, friendly", "普通话女声，亲切", "zf_xiaoxiao", "zh-CN", "female",
        "Mandarin woman, friendly",
        "欢迎来到我们的城市，希望你在这里度过一段愉快的时光。"),
    Row("yunxi_cn", "Mandarin man, young", "普通话男声，年轻", "zm_yunxi", "zh-CN", "male",
        "Mandarin man, young",
        "这条小路一直通到湖边，傍晚的时候，风景特别好看。"),
    Row("yunyang_cn", "Mandarin man, mature", "普通话男声，成熟", "zm_yunyang", "zh-CN", "male",
        "Mandarin man, mature",
        "各位听众朋友，大家晚上好，欢迎准时收听今天的节目，我们马上开始。"),
)  # fmt: skip

# OpenAI's thirteen names, so that stock clients make sound.
ALIASES = {
    "alloy": "heart_en",
    "ash": "michael_en",
    "ballad": "george_gb",
    "coral": "happy_en",
    "echo": "puck_en",
    "fable": "story_teller",
    "onyx": "fenrir_en",
    "nova": "emma_gb",
    "sage": "nicole_en",
    "shimmer": "nicole_en",
    "verse": "puck_en",
    "marin": "heart_en",
    "cedar": "george_gb",
}

# Names of the Kokoro model, as clients of its servers send them: the preset of that name, else one of its language and
# sex (their first two letters). Languages that are not spoken here have an English voice: their words are then refused.
KOKORO_NAMES = """
af af_heart af_alloy af_aoede af_bella af_jessica af_kore af_nicole af_nova af_river af_sarah af_sky
am_adam am_echo am_eric am_fenrir am_liam am_michael am_onyx am_puck am_santa
bf_alice bf_emma bf_isabella bf_lily bm_daniel bm_fable bm_george bm_lewis
zf_xiaobei zf_xiaoni zf_xiaoxiao zf_xiaoyi zm_yunjian zm_yunxi zm_yunxia zm_yunyang
ef_dora em_alex em_santa ff_siwis hf_alpha hf_beta hm_omega hm_psi if_sara im_nicola
jf_alpha jf_gongitsune jf_nezumi jf_tebukuro jm_kumo pf_dora pm_alex pm_santa
"""
KOKORO_LIKE = {"af": "heart_en", "am": "michael_en", "bf": "emma_gb", "bm": "george_gb", "zf": "xiaoxiao_cn",
               "zm": "yunxi_cn"}  # fmt: skip
KOKORO_OWN = {"af_bella": "happy_en", "bm_fable": "story_teller"}


def kokoro_aliases() -> dict[str, str]:
    """The preset that answers to each of Kokoro's names."""
    named = {row.id.split("_")[0]: row.id for row in ROWS}
    aliases = {}
    for name in KOKORO_NAMES.split():
        kind, _, own = name.partition("_")
        like = KOKORO_LIKE.get(kind) or KOKORO_LIKE[f"a{kind[1]}"]
        aliases[name] = KOKORO_OWN.get(name) or named.get(own, like)
    return aliases


def speak(row: Row, kokoro: Kokoro, voices: StockVoices) -> Audio:
    """The row's clip at 24 kHz, at a common loudness."""
    phonemes = to_phonemes(row.transcript)
    style = voices.style(row.stock, len(phonemes))
    audio = without_silent_ends(kokoro.render(kokoro.plan(phonemes, style), style), 0.08, 0.08)
    if row.edit:
        audio = express(audio, row.edit, seed=0, control=JobControl())
    audio = audio.scaled(LOUDNESS_LUFS - loudness_lufs(audio))
    return edge_faded(Audio(soft_limited(audio.samples), audio.sample_rate))


def main() -> None:
    """Make all clips and the table."""
    kokoro = Kokoro(Parts(Settings().models_dir / "embedded", offline=True), threads=2)
    voices = StockVoices()
    for row in ROWS:
        audio = speak(row, kokoro, voices)
        soundfile.write(OUT / f"{row.id}.flac", audio.samples, audio.sample_rate, format="FLAC", subtype="PCM_16")
        print(f"{row.id:14s} {audio.duration_s:5.2f} s  {row.stock}")
    write_table()


def write_table() -> None:
    """What is known of the presets, and other names of theirs."""
    fields = ("id", "name", "name_zh", "locale", "gender", "description", "transcript")
    table = [{**{f: getattr(row, f) for f in fields}, "created_at": CREATED_AT} for row in ROWS]
    text = json.dumps({"voices": table, "aliases": ALIASES, "kokoro": kokoro_aliases()}, ensure_ascii=False, indent=1)
    (OUT / "voices.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
