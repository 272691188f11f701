"""Every word of the page, in English and Chinese, once.

`{name}` marks a value. Words reach the page in two ways: Gradio's own components take `I18N.key(...)`, everything else
is written by `app/ui/markup.py:say` and turned into the language of the moment by `static/words.js`.
Tasks and tags are named by the catalogue (`app/engine/edits.py`); and explained there in both languages. Preset voices
are named by their table (`app/assets/voices/voices.json`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.engine.edits import CATALOGUE
from app.engine.library.voices import PRESETS
from app.ui.panels.language_words import language_words

LANGUAGES = {"en": "English", "zh-CN": "中文"}


@dataclass(frozen=True, slots=True)
class Word:
    """A value that is words itself and changes language with them. Text of users never is, whatever stands in it."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


_PAGE: dict[str, tuple[str, str]] = {
    # Head
    "tagline": ("Clone a voice. Edit speech. On your own machine.", "克隆声音，编辑语音，都在自己的机器上。"),
    "language_later": ("Load the page anew for the rest", "刷新页面后，其余文字也会切换"),
    "switch_theme": ("Light or dark", "浅色或深色"),
    "api_docs": ("API", "API"),
    "chip_ready": ("Ready", "就绪"),
    "chip_loading": ("Loading the engine", "引擎加载中"),
    "chip_failed": ("The engine did not load", "引擎加载失败"),
    "chip_busy": ("{running} running, {waiting} waiting", "{running} 个运行中，{waiting} 个等待"),
    "chip_away": ("No connection to the server", "与服务器的连接已断开"),
    # Sign-in
    "sign_in_hint": ("This service needs a key. Ask whoever runs it.", "此服务需要密钥，请向管理员索取。"),
    "sign_in_key": ("Key", "密钥"),
    "sign_in": ("Sign in", "登录"),
    "sign_out": ("Sign out", "退出登录"),
    "error_wrong_key": ("This key does not open the service.", "密钥不正确。"),
    "chip_signed_out": ("Sign in again", "请重新登录"),
    # Main tabs
    "tab_studio": ("Studio", "工作室"),
    "tab_compare": ("Compare", "对比"),
    "tab_machine": ("Machine", "机器状态"),
    "tab_help": ("Help", "帮助"),
    # Voice
    "voice_title": ("Voice", "声音"),
    "tab_recording": ("My recording", "我的录音"),
    "tab_library": ("Voice library", "声音库"),
    "upload": ("Upload a recording", "上传录音"),
    "upload_hint": (
        "Drop a file here. 3 to 30 seconds of one voice work best; any audio format, up to {mb} MB.",
        "也可以把文件拖到这里。最好是 3 到 30 秒的单人语音；支持各种音频格式，最大 {mb} MB。",
    ),
    "record": ("Record", "录音"),
    "stop_recording": ("Stop recording", "停止录音"),
    "recording_now": ("Recording: {s} s", "正在录音：{s} 秒"),
    "uploading": ("Uploading: {percent}%", "正在上传：{percent}%"),
    "reading": ("Reading the recording", "正在读取录音"),
    "stop_upload": ("Stop the upload", "停止上传"),
    "upload_stopped": ("The upload was stopped. Nothing was kept.", "上传已停止，未保留任何内容。"),
    "uploads_wait": ("{n} more wait", "还有 {n} 个等待上传"),
    "try_again": ("Try again", "重试"),
    "not_kept": ("The service has not kept this yet", "服务器尚未保存"),
    "no_voice_yet": (
        "No voice yet. Upload a recording, record one, or take one from the voice library.",
        "还没有声音。请上传录音、现场录一段，或从声音库中选择。",
    ),
    "current_voice": ("Speaks in this voice", "使用这个声音"),
    "transcript": ("What is said in it", "录音里说的话"),
    "transcript_hint": ("Whisper fills this in; correct it if needed.", "由 Whisper 自动填写，可以修改。"),
    "listening": ("Whisper is listening", "Whisper 正在听写"),
    "language_is": ("Language: {language}", "语言：{language}"),
    "save_voice": ("Save this voice", "保存这个声音"),
    "voice_name": ("Name of the voice", "声音的名称"),
    "save": ("Save", "保存"),
    "voice_saved": ("Saved as {name}, for you alone until you share it.", "已保存为 {name}，共享之前只有你能使用。"),
    "use_voice": ("Use", "使用"),
    "hear": ("Hear it", "试听"),
    "delete": ("Delete", "删除"),
    "delete_voice_really": ("Delete the voice {name}?", "删除声音 {name} 吗？"),
    "delete_voice": ("Delete the voice", "删除声音"),
    "preset_voices": ("Presets", "预设声音"),
    "saved_voices": ("Yours", "你的声音"),
    "shared_voices": ("Shared by others", "他人共享的声音"),
    "trait_shared": ("shared", "已共享"),
    "share_voice": ("Share with everybody here", "与此处所有人共享"),
    "unshare_voice": ("Keep to yourself", "取消共享"),
    "female": ("female", "女声"),
    "male": ("male", "男声"),
    "locale_en_us": ("American English", "美式英语"),
    "locale_en_gb": ("British English", "英式英语"),
    "locale_zh_cn": ("Mandarin", "普通话"),
    "note_embedded": (
        "The embedded engine matches a voice: its pitch, colour and register. It does not copy the person. "
        "It speaks English and Mandarin.",
        "内置引擎会匹配声音的音高、音色和音区，但不会完全复制本人。支持英语和普通话。",
    ),
    # Clone
    "tab_clone": ("Clone", "克隆"),
    "text": ("Text to speak", "要朗读的文字"),
    "text_hint": (
        "English or Chinese. Sounds such as [laugh] may stand in the text.",
        "英文或中文。文字中可以插入 [laugh] 这样的声音标签。",
    ),
    "counter": ("{n} of {limit} characters", "{n} / {limit} 个字符"),
    "counter_over": (
        "{n} characters: {over} more than the limit of {limit}",
        "{n} 个字符，超出上限 {limit} 共 {over} 个",
    ),
    "insert_sound": ("Insert a sound at the cursor", "在光标处插入声音"),
    "speed": ("Speed", "语速"),
    "likeness": ("Likeness", "相似度"),
    "session_id": (
        "Programs and other tabs open this session by its id:",
        "程序和其他标签页可用此编号打开本会话：",
    ),
    "check_result": ("Check the result", "检查结果"),
    "check_info": (
        "Whisper listens and voices are compared; what misses is made again, twice at most. Takes longer.",
        "由 Whisper 听写并比较声音；未通过则重做，最多两次。需要更长时间。",
    ),
    "check_passed": ("Check passed", "检查通过"),
    "check_missed": ("Check missed", "检查未通过"),
    "fact_word_error": ("{percent} % of words wrong", "错词 {percent}%"),
    "fact_similarity": ("similarity {x}", "相似度 {x}"),
    "fact_tries": ("tries: {n}", "制作 {n} 次"),
    "more_options": ("More options", "更多选项"),
    "seed": ("Seed", "随机种子"),
    "seed_info": ("Equal seeds give equal sound. Empty draws one.", "相同的种子得到相同的声音；留空则随机。"),
    "pronunciations": ("Pronunciations", "读音"),
    "pronunciations_info": (
        "One word a line: Nguyen = win, GIF = /dʒˈɪf/, or pinyin with tones",
        "每行一个词：Nguyen = win，重庆 = chong2 qing4，GIF = /dʒˈɪf/",
    ),
    "show_reading": ("Show how it is read", "查看如何朗读"),
    "reading_by_letters": ("This engine reads the letters itself.", "当前引擎直接读取文字。"),
    "run_clone": ("Speak it", "开始朗读"),
    # Edit
    "tab_edit": ("Edit", "编辑"),
    "edits_take": ("Edits this take", "编辑这一条"),
    "nothing_to_edit": (
        "Nothing to edit yet: bring a recording, or clone first.",
        "还没有可编辑的内容：请先提供录音，或先克隆。",
    ),
    "task": ("Task", "任务"),
    "tag": ("Tag", "标签"),
    "intensity": ("Intensity", "强度"),
    "intensity_info": ("1 is standard", "1 为标准"),
    "iterations": ("Iterations", "迭代次数"),
    "advised_iterations": (
        "Step-Audio-EditX does best with {en} iterations in English and {zh} in Chinese; more make it worse.",
        "Step-Audio-EditX 的最佳迭代次数：英文 {en} 次，中文 {zh} 次，再多会变差。",
    ),
    "remove": ("What to take out", "去掉什么"),
    "remove_fillers": ("Fillers (um, uh)", "口头禅（嗯、呃）"),
    "remove_repeats": ("Repeated words", "重复的词"),
    "remove_pauses": ("Long pauses", "过长的停顿"),
    "new_words": ("The words as they should be", "改后的全文"),
    "new_words_hint": (
        "Change, add or delete words; the rest of the recording stays as it is.",
        "改动、加入或删去词语，录音的其余部分保持原样。",
    ),
    "tagged_text": ("The words, with sounds where they belong", "原文，在需要的位置插入声音"),
    "tagged_hint": (
        "Great[laugh], the weather is so nice today.",
        "太好了[laugh]，今天天气真好。",
    ),
    "run_edit": ("Edit it", "开始编辑"),
    # Recipe
    "tab_recipe": ("Recipe", "配方"),
    "recipe": ("Recipe (JSON)", "配方（JSON）"),
    "recipe_info": (
        "The steps that led to a take. Copy them from a take, paste them here, and replay them on the current take.",
        "得到某一条结果的步骤。从某条结果复制配方，粘贴到这里，即可在当前这条上重做一遍。",
    ),
    "run_recipe": ("Replay it", "重做配方"),
    "recipe_of_current": ("Recipe of the current take", "当前这条的配方"),
    # Running
    "cancel": ("Cancel", "取消"),
    "state_loading": ("The engine is loading. Your job begins by itself.", "引擎加载中，任务会自动开始。"),
    "state_queued": ("Waiting: place {position} in the queue", "排队中：第 {position} 位"),
    "state_working": ("{step}: {percent}%", "{step}：{percent}%"),
    "state_left": ("about {s} s left", "大约还需 {s} 秒"),
    "state_done": ("Done: {s} s of sound in {took} s", "完成：{s} 秒的声音，用时 {took} 秒"),
    "state_cancelled": ("Cancelled. Nothing was kept of it.", "已取消，未保留任何内容。"),
    "step_preparing": ("Preparing", "准备中"),
    "step_loading": ("Loading the model", "正在加载模型"),
    "step_speaking": ("Speaking", "朗读中"),
    "step_done": ("Keeping the result", "正在保存结果"),
    "step_of": ("Step {n} of {total}", "第 {n} 步，共 {total} 步"),
    # Player and current take
    "player": ("Player", "播放器"),
    "playing_live": ("Playing while it is made", "边生成边播放"),
    "autoplay": ("Play results by themselves", "自动播放结果"),
    "play": ("Play", "播放"),
    "pause": ("Pause", "暂停"),
    "seek": ("Position in the sound", "播放位置"),
    "download": ("Download", "下载"),
    "download_as": ("Download as {format}", "下载为 {format}"),
    "made_by": ("Call it from code", "用代码调用"),
    "copy": ("Copy", "复制"),
    "copied": ("Copied", "已复制"),
    "warning": ("Note", "提示"),
    # Takes
    "takes_title": ("Takes", "结果"),
    "no_takes": ("Every result appears here. Try one of these:", "每个结果都会出现在这里。可以先试试："),
    "undo": ("Undo", "撤销"),
    "redo": ("Redo", "重做"),
    "undo_what": ("Undo: {what}", "撤销：{what}"),
    "redo_what": ("Redo: {what}", "重做：{what}"),
    "undone": ("Undone: {what}", "已撤销：{what}"),
    "redone": ("Done again: {what}", "已重做：{what}"),
    "last_change": ("the last change", "上一步操作"),
    "change_made": ("{what} made", "生成 {what}"),
    "done_last": ("{what}.", "{what}。"),
    "change_brought": ("{what} brought", "添加 {what}"),
    "change_deleted": ("{what} deleted", "删除 {what}"),
    "change_renamed": ("{what} renamed", "重命名 {what}"),
    "change_starred": ("{what} starred", "为 {what} 加星标"),
    "change_unstarred": ("star taken from {what}", "取消 {what} 的星标"),
    "change_corrected": ("words of {what} corrected", "修改 {what} 的文字"),
    "change_voice": ("voice chosen: {what}", "选用声音 {what}"),
    "change_voice_saved": ("voice {what} saved", "保存声音 {what}"),
    "change_voice_deleted": ("voice {what} deleted", "删除声音 {what}"),
    "take_recording": ("Recording", "录音"),
    "label_take": ("{n}. {what}", "{n}. {what}"),
    "label_name": ("{what}", "{what}"),
    "label_words": ("{words} · {what}", "{words} · {what}"),
    "fact_number": ("take {n}", "第 {n} 条"),
    "cut_short": ("cut short", "已提前停止"),
    "star": ("Star take {n}", "为第 {n} 条加星标"),
    "unstar": ("Take the star from take {n}", "取消第 {n} 条的星标"),
    "fold": ("Hide or show what was made from it", "隐藏或显示由它生成的结果"),
    "search_takes": ("Search the takes", "搜索结果"),
    "order_takes": ("Order of the takes", "结果的顺序"),
    "by_tree": ("As a tree", "按来源排列"),
    "newest_first": ("Newest first", "最新的在前"),
    "only_starred": ("Starred alone", "只看星标"),
    "recordings_title": ("Recordings and voices", "录音和声音"),
    "none_found": ("No take has these words.", "没有包含这些文字的结果。"),
    "play_take": ("Play take {n}", "播放第 {n} 条"),
    "take_menu": ("More for take {n}", "第 {n} 条的更多操作"),
    "duration": ("{s} s", "{s} 秒"),
    "rtf": ("real-time factor {rtf}", "实时率 {rtf}"),
    "fact_intensity": ("intensity {x}", "强度 {x}"),
    "fact_iterations": ("{n} times", "{n} 次"),
    "fact_speed": ("speed {x}", "语速 {x}"),
    "fact_seed": ("seed {n}", "种子 {n}"),
    "fact_parent": ("from take {n}", "来自第 {n} 条"),
    "rename": ("Rename", "重命名"),
    "new_name": ("New name", "新名称"),
    "again": ("Again with another seed", "换个种子再来一次"),
    "as_voice": ("Speak in this voice", "用作声音"),
    "copy_recipe": ("Copy its recipe", "复制配方"),
    "as_a": ("Compare as A", "作为 A 对比"),
    "as_b": ("Compare as B", "作为 B 对比"),
    "delete_take": ("Delete the take", "删除这一条"),
    "delete_take_really": ("Delete take {n}? What was made from it stays.", "删除第 {n} 条吗？由它生成的结果会保留。"),
    "expire_note": ("Takes are kept for {days} days, then they vanish.", "结果保留 {days} 天，之后自动删除。"),
    # Compare
    "compare_hint": (
        "Choose two takes. The switch keeps the place; both play equally loud.",
        "选择两条结果。切换时保持播放位置，两者响度一致。",
    ),
    "choose_a": ("Take A", "结果 A"),
    "choose_b": ("Take B", "结果 B"),
    "switch_ab": ("Switch to {side}", "切换到 {side}"),
    "matched": ("Same loudness", "响度一致"),
    "compare_empty": ("There are no two takes yet. Make some in the studio.", "还没有两条结果。请先在工作室里生成。"),
    "spectrogram": ("Spectrogram", "语谱图"),
    "pitch": ("Pitch", "音高曲线"),
    # Machine
    "engine_title": ("Engine", "引擎"),
    "backend": ("Backend", "后端"),
    "chosen_because": ("Why this one", "选择原因"),
    "variant": ("Model variant", "模型版本"),
    "memory": ("Memory", "内存"),
    "memory_process": ("this process", "本进程"),
    "queue": ("Queue", "队列"),
    "queue_now": ("{running} running, {waiting} waiting", "{running} 个运行中，{waiting} 个等待"),
    "cannot_do": ("Cannot be done here", "此处无法使用"),
    "cache_title": ("Cache of references", "参考音频缓存"),
    "cache_entries": ("Entries", "条目"),
    "cache_of": ("{n} of {capacity}", "{n} / {capacity}"),
    "cache_size": ("Size", "大小"),
    "cache_hits": ("Hits", "命中"),
    "cache_misses": ("Misses", "未命中"),
    "cache_rate": ("Hit rate", "命中率"),
    "cache_saved": ("Time saved", "节省时间"),
    "refresh": ("Refresh", "刷新"),
    "clear": ("Clear", "清空"),
    "clear_cache": ("Clear the cache", "清空缓存"),
    "clear_cache_really": (
        "Remove all {n} entries of the cache? Voices and takes stay.",
        "清空缓存中的 {n} 个条目吗？声音和结果不受影响。",
    ),
    "cache_cleared": ("{n} entries removed.", "已清除 {n} 个条目。"),
    "log_title": ("Live log", "实时日志"),
    "log_level": ("Least level", "最低级别"),
    "log_follow": ("Follow", "自动滚动"),
    "log_empty": ("No lines yet.", "暂无日志。"),
    # Dialogs
    "dialog_cancel": ("Cancel", "取消"),
    # Help
    "example_story": ("Tell a story", "讲一个故事"),
    "example_mandarin": ("Speak Mandarin", "说普通话"),
    "example_happy": ("Make it happy", "变得高兴"),
    "example_whisper": ("Make it a whisper", "变成耳语"),
    "example_laughter": ("Add a laugh", "加入笑声"),
    "example_two_steps": ("Two edits in a row", "连续两次编辑"),
    "examples_title": ("Examples: one click", "示例：一键试用"),
    "tags_title": ("All tasks and tags", "全部任务和标签"),
    "keys_title": ("Keyboard", "快捷键"),
    "key_run": ("Run", "运行"),
    "key_cancel": ("Cancel", "取消"),
    "key_play": ("Play or pause", "播放或暂停"),
    "key_undo": ("Undo", "撤销"),
    "key_redo": ("Redo", "重做"),
    "key_switch": ("Switch A and B", "切换 A 和 B"),
    "links_title": ("Further", "更多"),
    "link_docs": ("API reference (try it)", "API 文档（可在线试用）"),
    "link_redoc": ("API reference (to read)", "API 文档（阅读版）"),
    # What the engine reports (`sentences.py`), and mistakes: what happened and what to do.
    "fact": ("{en}", "{zh}"),
    "error_no_voice": (
        "Upload or record a voice first, or take one from the library.",
        "请先上传或录制一段声音，或从声音库中选择。",
    ),
    "error_nothing_chosen": (
        "Choose what to take out: fillers, repeated words or long pauses.",
        "请选择要去掉的内容：口头禅、重复的词或过长的停顿。",
    ),
    "error_only_sounds": (
        "Only sounds can be added here. To change words, choose rewrite.",
        "这里只能加入声音。要修改文字，请选择“改词”任务。",
    ),
    "read_aloud": ("[{written}] is no sound: it is read aloud.", "[{written}] 不是声音标签，会按文字朗读。"),
    "read_aloud_meant": (
        "[{written}] is no sound: it is read aloud. Did you mean",
        "[{written}] 不是声音标签，会按文字朗读。是否想写",
    ),
    "error_no_take": (
        "There is nothing to edit yet. Bring a recording first.",
        "还没有可编辑的内容，请先提供一段录音。",
    ),
    "error_no_cookie": (
        "This page needs cookies to keep your takes apart from those of others. Allow them and reload.",
        "本页面需要 Cookie 来区分不同用户的结果。请允许 Cookie 并刷新页面。",
    ),
    "error_internal": ("The server failed. Its log says why; try again.", "服务器出错，原因见日志，请重试。"),
    "error_away": ("The server does not answer. Is it running?", "服务器没有响应，请确认它是否在运行。"),
    "error_no_microphone": (
        "The microphone cannot be used. Allow it in the browser; other machines must open this page over https.",
        "无法使用麦克风。请在浏览器中允许；从其他设备访问时需要 https。",
    ),
    "error_audio_too_large": (
        "The file is too large: the limit is {mb} MB. Cut it, or save it as mp3.",
        "文件太大：上限为 {mb} MB。请裁剪，或另存为 mp3。",
    ),
}


def _catalogue() -> dict[str, tuple[str, str]]:
    words = {}
    for task in CATALOGUE.values():
        words[task_key(task.name)] = (task.name, task.label_zh)
        words[meaning_key(task.name)] = (task.description, task.description_zh)
        for tag in task.tags.values():
            for name in (tag.name, tag.first_spelling or tag.name):  # takes of before keep the first spelling
                words[tag_key(task.name, name)] = (tag.name, tag.label_zh)
            words[meaning_key(task.name, tag.name)] = (tag.description, tag.description_zh)
    return words


def _presets() -> dict[str, tuple[str, str]]:
    rows = json.loads((PRESETS / "voices.json").read_text(encoding="utf-8"))["voices"]
    return {preset_key(row["id"]): (row["name"], row["name_zh"]) for row in rows}


def preset_key(voice: str) -> str:
    """The key of a preset voice's name."""
    return f"preset_{voice}"


def task_key(task: str) -> str:
    """The key of a task's name."""
    return f"task_{task}"


def tag_key(task: str, tag: str) -> str:
    """The key of a tag's name."""
    return f"tag_{task}_{_plain(tag)}"


def meaning_key(task: str, tag: str = "") -> str:
    """The key of the one-line meaning of a task, or of one of its tags."""
    return f"meaning_{task}_{_plain(tag)}"


def _plain(tag: str) -> str:
    return tag.lower().replace(" ", "_").replace("-", "_")


WORDS: dict[str, tuple[str, str]] = _PAGE | _catalogue() | _presets() | language_words()


def in_english(key: str, **values: object) -> str:
    """The English words of a key, with their values."""
    return WORDS[key][0].format(**{name: _resolved(value) for name, value in values.items()})


def _resolved(value: object) -> object:
    return in_english(value.key, **value.values) if isinstance(value, Word) else value


def tables() -> dict[str, dict[str, str]]:
    """Language -> key -> words, for the browser."""
    return {language: {key: pair[n] for key, pair in WORDS.items()} for n, language in enumerate(LANGUAGES)}
