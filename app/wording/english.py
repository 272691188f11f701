"""English: one sentence for every fact of the engine. The API, the command line and the doctor say them."""

from __future__ import annotations

from app.engine import errors
from app.engine.facts import reasons, recipes, warnings
from app.engine.facts.fact import Fact, Plain
from app.wording.english_of_files import ENGLISH_OF_FILES
from app.wording.rendering import Table, Wording

_NOTHING_TO_SPEAK = "{param} holds nothing that can be spoken"

_ERRORS: Table = {
    errors.NoSound: "The job made no sound.",
    errors.NoAnswer: "The model had nothing to say to this; try another seed.",
    # Text
    errors.EmptyText: "{param} is empty: give the text to speak.",
    errors.TextTooLong: "{param} has {length} characters; the limit is {limit}.",
    errors.NothingToSpeak: _NOTHING_TO_SPEAK + ".",
    errors.ForeignLanguage: "{param} asks for {language}; this backend speaks {spoken:and} only.",
    errors.ForeignScript: "{param} is written in {script}; this backend speaks {spoken:and} only.",
    errors.TooManySounds: "{param} asks for {n_sounds} sounds; the limit is {limit}.",
    errors.PausesTooLong: "The pauses in {param} last {length_s:g} s together; the limit is {limit_s:g} s.",
    errors.TextAndClipTooLong: "Text and recording together are too long for the model: {n_tokens} tokens.",
    errors.ReservedSymbols: "The text holds symbols that are reserved for the model.",
    errors.TooManyPhonemes: "A passage of {n_phonemes} speech sounds is too long to say in one breath; the limit"
    " is {limit}.",
    # Pronunciations
    errors.PronunciationEmpty: "The pronunciation of '{word}' lacks letters, in the word or in what is said for it.",
    errors.PronunciationTooLong: "The pronunciation of '{word}' is too long: a word has at most {max_word_chars}"
    " characters, what is said for it {max_said_chars}.",
    errors.UnknownPhonemes: "The pronunciation of '{word}' has symbols that are no phonemes here: {symbols}.",
    errors.UnknownPinyin: "The pronunciation of '{word}' is no pinyin: '{syllable}' is no syllable of Mandarin.",
    errors.PhonemesUnread: "The pronunciation of '{word}' is in phonemes, which this backend does not read; respell the"
    " word, or give pinyin.",
    errors.WordTwice: "The word '{word}' has a pronunciation already.",
    errors.TooManyPronunciations: "There are too many pronunciations; the limit is {limit}.",
    errors.NotInLexiconForm: "A line is 'word = pronunciation'.",
    errors.LexiconUnread: "--lexicon: the file cannot be read; it must be text in UTF-8 of at most 1 MiB.",
    errors.BadLexicon: "--lexicon: line {line}: {reason}",
    # Numbers and names
    errors.OutOfRange: "{param} must be between {low:.15g} and {high:.15g}; got {value:.15g}.",
    errors.CheckFieldUnknown: "{param} is not known; a check has {known}.",
    errors.CheckValueWrong: "{param} must be a number, of a check an object, and of retries a whole number.",
    errors.InvalidName: "{param} must be {min_chars} to {max_chars} printable characters.",
    errors.UnknownTask: "There is no task '{name}'. {hint}",
    errors.CloneIsNoEdit: "'clone' makes new speech; it is not an edit of a recording.",
    errors.TagMisspelt: "The task '{task}' has no tag '{name}'. {hint}",
    errors.TagNotTaken: "The task '{task}' takes no tag; got '{name}'.",
    errors.TagNeeded: "The task '{task}' needs a tag in {param}: {known}.",
    errors.NoSoundTag: "{param} holds no sound tag: put one where the sound belongs, for example"
    " 'Well [sigh] let us go.' Tags: {known}.",
    errors.VoiceOrClip: "Give either a voice or a reference clip, not both.",
    errors.VariantMissing: "The variant '{name}' is not available: {reason}. Available: {known}.",
    errors.WrongShape: "{param} must be ({wanted}); got ({got}).",
    errors.WrongTokens: "{param} {reason}.",
    errors.BelowLeast: "{param} must be at least {least}; got {value}.",
    errors.EmptyPrompt: "{param} is empty: the model needs a prompt.",
    errors.UnknownIds: "{param} has ids outside the model's {n_known}.",
    errors.PromptTooLong: "{n_tokens} tokens of prompt and {n_new_tokens} new ones exceed the model's limit of"
    " {limit}.",
    errors.NoAudioIds: "The model's {n_ids} ids have no audio codes among them.",
    errors.StreamEnded: "This stream has ended; begin another one.",
    # Changed words
    errors.NothingChanges: "{param}: this is what is said already; case, punctuation and digits against words are no"
    " change.",
    errors.TooMuchNew: "{param}: {n_new} of {n_words} words are new; at most half can be. Speak it with clone instead.",
    errors.UnknownWord: "{param}: there is no word {word}; the words count from 0, and there are {n_words}.",
    errors.EditsOverlap: "{param}: word {word} is changed more than once.",
    errors.TextOrEdits: "Give either 'text', as it is to be, or 'edits' of words: one of them.",
    errors.OtherTranscript: "{param} is not what is said in the recording; this is heard: '{heard}'.",
    # Recordings
    errors.EmptyFile: "{param} is empty.",
    errors.NotDecodable: "{param} cannot be decoded: it is damaged or no audio file"
    " (wav, flac, mp3, ogg, opus, m4a, webm ...).",
    errors.ShortenedSphere: "{param} is a SPHERE file packed by Shorten, which is not read: unpack it first"
    " (`sph2pipe -p`, `w_decode -o pcm`).",
    errors.NoSoundInFile: "{param} holds no sound.",
    errors.NoSpeechFormat: "{param} has {n_channels} channels at {rate_hz} Hz: no recording of speech.",
    errors.DamagedFile: "{param} is damaged: {n_damaged} of {n_packets} packets cannot be decoded.",
    errors.UnrealFrames: "{param} has frames of {n_samples} samples: no recording of speech.",
    errors.DecodingTooDear: "{param} takes more than the limit of {limit_s:g} s of computing to decode.",
    errors.NotFinite: "{param} has samples that are not numbers.",
    errors.SilentClip: "{param} is silent: nothing in it is above {floor_db:g} dB.",
    errors.NobodySpeaks: "{param} holds no speech: a voice can only be taken from somebody who speaks.",
    errors.NoSpeech: "{param} holds no speech: nothing is left without silence.",
    errors.ClipTooShort: "{param} lasts {length_s:.2f} s; at least {min_s:.3g} s are needed.",
    errors.VoiceTooShort: "{param} lasts {length_s:.1f} s; a voice needs at least {min_s:g} s.",
    errors.TooLittleSpeech: "{param} holds {speech_s:.1f} s of speech; a voice needs at least {min_s:g} s.",
    errors.NoCodes: "{param} is too short: it lasts {length_s:.2f} s.",
    errors.ClipTooLong: "{param} lasts {length_s:.0f} s; the limit is {limit_s:g} s.",
    errors.FileTooLong: "{param} lasts more than the limit of {limit_s:g} s.",
    errors.VoiceTooLong: "{param} lasts {length_s:.0f} s; the limit for a voice is {limit_s:g} s.",
    errors.FileTooLarge: "{param} has more than the limit of {limit_bytes} bytes.",
    errors.UnpacksTooLarge: "{param} unpacks to more than the limit of {limit_bytes} bytes.",
    # Transcription
    errors.UnknownLanguage: "{param} must be an ISO-639-1 code such as 'en' or 'zh'; got '{language}'.",
    errors.LanguageNotHeard: "{param}: the model '{model}' transcribes only English, not '{language}'.",
    errors.TooManyVoices: "The limit of {limit} saved voices is reached; delete one.",
    errors.TooManyConsents: "The limit of {limit} saved consents is reached; delete one.",
    errors.VoiceOfOthers: "'{name}' belongs to somebody else; only its owner can delete it.",
    errors.PresetStays: "'{name}' is a preset and cannot be deleted.",
    errors.WrongLanguageTag: "{param} must be a BCP 47 language tag, such as en-US.",
    errors.UnknownPlace: "{param} must be the id of an entry of the list.",
    errors.NoSession: "This is no session id.",
    errors.BadRecipe: "The recipe {reason}.",
    errors.UnknownVoice: "There is no voice '{name}'. {hint}",
    errors.ConsentMissing: "This voice needs a consent: upload one (POST /v1/audio/voice_consents) and name its id "
    "where the voice is saved.",
    errors.UnknownConsent: "There is no consent '{consent_id}'.",
    errors.UnknownTake: "This take is no longer there: it was deleted or has expired.",
    errors.UnknownModel: "There is no model '{name}'. {hint}",
    errors.VoiceNameTaken: "A voice named '{name}' exists already; delete it or choose another name.",
    errors.SessionTooNew: "A newer version of EditX wrote this session: it is kept as it is and cannot be"
    " changed here.",
    errors.UnknownSession: "There is no such session.",
    errors.TooManySessions: "The limit of {limit} sessions is reached; delete one.",
    errors.RevisionPassed: "The session has changed meanwhile: it is at revision {revision}.",
    errors.NothingToUndo: "There is nothing to undo.",
    errors.NothingToRedo: "There is nothing to redo.",
    errors.TakeNotReady: "This take has no sound: it is {state}.",
    errors.TakeMadeElsewhere: "Another service on the same folder makes this take: ask the one that began it.",
    errors.TakeNotUnderWay: "This take is not being made: it is {state}.",
    errors.ParentFailed: "The take it was to be made from was not made.",
    # The machine and its state
    errors.Unavailable: "{reason}",
    errors.StorageFailed: "The server's disk cannot be written: nothing was kept.",
    errors.StorageFull: "The server's disk is full: nothing was kept.",
    errors.ShareTaken: "You have {limit} jobs under way, which is your share of the places; try again in"
    " {retry_after_s:.0f} s.",
    errors.TooMuchQueued: "The jobs under way are to make or change {limit} s of sound, the most that may be; try again"
    " in {retry_after_s:.0f} s.",
    errors.TooManyUnfinished: "{limit} takes of this session are still to be made, which is the limit; try again when"
    " one is done.",
    errors.AllowanceSpent: "This key has made its {limit} s of sound for the hour; try again in {retry_after_s:.0f} s.",
    errors.TooManyGuesses: "More than {limit} wrong keys came from this address; try again in {retry_after_s:.0f} s.",
    errors.TooManyBodies: "Too many uploads are under way; try again in {retry_after_s:.0f} s.",
    errors.DecodingBusy: "Other recordings are being decoded; try again in {retry_after_s:.0f} s.",
    errors.QueueFull: "All {limit} places in the queue are taken; try again in {retry_after_s:.0f} s.",
    errors.PackagesMissing: "The packages of the neural backend are not installed: ./start_unified.sh --full brings"
    " them.",
    errors.DeadlineExceeded: "The job did not end within its limit of {limit_s:g} s.",
    errors.Cancelled: "The job was cancelled.",
}

_WARNINGS: Table = {
    warnings.ParamUnused: "{param} has no effect here.",
    warnings.FieldsUnknown: "Unknown here and without effect: {names:few}.",
    warnings.FieldMisspelt: "{param} is no field and has no effect; did you mean '{meant}'?",
    warnings.SpeechRepeats: "The recording repeats itself; it was transcribed in short pieces, compare it.",
    warnings.CantoneseUnknown: "The model '{model}' does not know Cantonese and may write it in Mandarin's words;"
    " these know it: {known:few}.",
    warnings.OneSpeaker: "Speakers are not told apart here: everything is given to one.",
    warnings.VoiceUnused: "'voice' has no effect beside prompt audio.",
    warnings.VoiceIsModel: "'voice': '{name}' is the model's name; the default voice speaks.",
    warnings.VoicesNotMixed: "'voice': voices are not mixed; '{name}' speaks alone.",
    warnings.InstructionsUnused: "'instructions' has no effect on the edit of a recording.",
    warnings.InstructionsNameNothing: "'instructions' names no emotion, style or speed of the catalogue and has no"
    " effect.",
    warnings.InstructionsLeftOut: "'instructions': left out {names}; one emotion, style and speed are applied.",
    warnings.LittleSpeech: "The reference holds only {speech_s:.1f} s of speech; {enough_s:g} s or more match better.",
    warnings.SpeechNotFound: "No speech is found in the recording; the voice was saved because its words were given.",
    warnings.ReferenceClipped: "The reference is clipped; a recording at a lower level matches better.",
    warnings.ReferenceNoisy: "Noise, music or echo lies {distance_db:.0f} dB below the speech of the reference, and may"
    " become part of the voice; a quieter recording matches better.",
    warnings.SeveralVoices: "More than one voice seems to speak in the reference; the result may be like none of them.",
    warnings.CheckNotRun: "The check of {check} could not be run, as Whisper is missing; it counts as missed.",
    warnings.TranscriptUnlike: "The transcript is not what is heard in the recording: '{heard}'.",
    warnings.DenoisingClipped: "The recording is clipped: denoising may take parts of its words along.",
    warnings.DenoisingReverberant: "The recording reverberates: denoising may take parts of its words along.",
    warnings.ReferenceWhispered: "The reference has no voiced speech (whispered?); the result is whispered too.",
    warnings.ClipWhispered: "The clip is whispered; its voice cannot be given back, only its dynamics and colour are"
    " evened.",
    warnings.PitchUnchanged: "No voice was found in the clip, so its pitch is unchanged.",
    warnings.OtherWords: "The words of the text differ from those of the recording; only the sounds were put in.",
    warnings.PlacesApproximate: "Without Whisper the places of the sounds are approximate.",
    warnings.IntensityApproximate: "Without a transcript the intensity is approximate.",
    warnings.NoEndFound: "The model found no end; the sound was cut after {length_s:.1f} s.",
    warnings.RepeatedItself: "The model began to repeat itself; the sound was cut after {length_s:.1f} s.",
    warnings.ReservedLeftOut: "Left out of {param}, as the model reserves it: {removed}",
    warnings.SoundsOfLaterWeights: "The weights in use were not trained with {tags}; newer ones were.",
    warnings.WordsUnknown: "Without Whisper the words of the recording are unknown; the result may be less good.",
    warnings.PartLeftSilent: "A part of the recording was left as it was, as the model's answer to it was silent.",
    warnings.SignsUnspoken: "'input' holds only signs, which are not spoken: this is a short silence.",
    warnings.WordsLeftOut: "Words in {param} that no voice here reads were passed over: {words:few}.",
    warnings.ConsentUnknown: "There is no consent '{consent_id}'; the voice was saved without one.",
    warnings.NoSuchSound: "'[{written}]' in {param} is no sound and is spoken as words.",
    warnings.NearMiss: "'[{written}]' in {param} is no sound and is spoken as words; did you mean '[{tag}]'?",
    warnings.HeardUncertainly: "These words were heard uncertainly, so that the place may be another: {words:few}.",
    warnings.NewWordsUnclear: "These new words are not heard clearly in the result: {words:few}.",
    warnings.FillersLeft: "These may be fillers, and may be meant; they were left: {words:few}.",
    warnings.NothingToRemove: "Nothing was found that could be taken out; the recording is as it was.",
    warnings.JoinedInVoice: "At {at_s:.2f} s nothing is quiet or voiceless to join at: the seam may be heard.",
    Plain: "{text}",
}

_REASONS: Table = {
    reasons.DidYouMean: "Did you mean {names:quoted or}?",
    reasons.KnownTasks: "Tasks: {names}.",
    reasons.KnownTags: "Tags: {names}.",
    reasons.KnownVoices: "Known voices: {names}.",
    reasons.KnownModels: "Known models: {names}.",
    reasons.AskedFor: "asked for with --backend",
    reasons.NoWeights: "it works on any machine, and the neural backend's weights are not complete here",
    reasons.NoPackages: "the packages of the neural backend are not installed; ./start_unified.sh --full brings them",
    reasons.NoCudaDevice: "it is the quick one without a CUDA device; --backend step-audio runs the neural one on the"
    " CPU",
    reasons.WeightsAndDevice: "its weights and a CUDA device are here",
    reasons.Loading: "The engine is loading.",
    reasons.ShuttingDown: "The service is shutting down.",
    reasons.LoadFailed: "The backend did not load: {reason}",
    reasons.SeeLog: "the server's log says why.",
    reasons.OneModelOnly: "The embedded engine has one model. Variants belong to the neural model on a GPU.",
    reasons.NoSuchVariant: "there is no such variant",
    reasons.FolderFaulty: "{folder}: {reason}",
    reasons.NoBitsandbytes: "the package bitsandbytes is not installed",
    reasons.OnlyVariantNeeds: "The only variant here is '{variant}', and {reason}.",
    reasons.NoMemory: "the server has no memory left for this now; try again later.",
    reasons.SilentAnswer: "The model's answer was silent; try another seed.",
    reasons.GpuMemoryFull: "The GPU's memory is full; a shorter text or recording needs less.",
    reasons.ModelBroke: "The {variant} model did not load; the server's log says why.",
    reasons.NoRoomBeside: "The {variant} model does not fit into memory beside {in_use}, in use now; try later.",
    reasons.NoDevice: "There is no device '{device}': torch sees {n_devices} CUDA devices on this machine.",
    reasons.DeviceMapUnusable: "--device-map {device_map}: {reason}",
}
_RECIPES: Table = {
    recipes.RecipeTooLong: "has more than {max_chars} characters",
    recipes.RecipeNoJson: "is not JSON",
    recipes.RecipeWithoutSteps: "must be an object with 'steps', a list of 1 to {max_steps}",
    recipes.RecipeOfOtherVersion: "has another version than {version}",
    recipes.StepWithoutTask: "step {step} needs a 'task'",
    recipes.StepFieldUnknown: "step {step} has an unknown field '{name}'",
    recipes.StepValueWrong: "step {step}: '{name}' has the wrong type",
    recipes.StepValueTooLarge: "step {step}: '{name}' is too large",
    recipes.StepTagOverruled: "step {step}: the sounds in 'text' are others than the tag '{tag}', which has no effect",
    recipes.StepPronunciationsUnused: "step {step}: 'pronunciations' belong to clones",
    recipes.StepTextUnused: "step {step}: 'text' belongs to clones and paralinguistic edits",
    recipes.StepIterationsUnused: "step {step}: 'iterations' belongs to edits",
    recipes.StepValueUnused: "step {step}: '{name}' has no meaning for this task",
    recipes.StepRemoveWrong: "step {step}: 'remove' must be a list of 'fillers', 'repeats' and 'pauses'",
    recipes.StepEditsWrong: "step {step}: 'edits' must be a list of objects with 'op' (replace, insert or delete),"
    " 'word' and, where they are wanted, 'to' and 'text'",
}

ENGLISH: Table = {**ENGLISH_OF_FILES, **_ERRORS, **_WARNINGS, **_REASONS, **_RECIPES}


def quoted(param: str) -> str:
    """A field of the API, as its messages name it."""
    return f"'{param}'"


def english(fact: Fact) -> str:
    """The fact as the API, the command line and the doctor say it."""
    return Wording(ENGLISH, quoted).of(fact)
