// Brings the page's own markup to life. Each panel names its function of `scripts` (app/ui/components.py).
import { compare } from "./compare.js";
import { snippets } from "./copying.js";
import { keepDrafts, texts } from "./drafts.js";
import { head } from "./head.js";
import { listenToKeys } from "./keys.js";
import { cache, log, variants, watchMachine } from "./machine.js";
import { playerPanel as player } from "./player.js";
import { progress } from "./progress.js";
import { takeTools } from "./take_list.js";
import { actions, takes } from "./takes.js";
import { notice } from "./toast.js";
import { counter, sounds } from "./typing.js";
import { voiceInput } from "./voice.js";
import { watchWords } from "./words.js";

watchWords();
listenToKeys();
keepDrafts();
watchMachine();
editx.isReady({
  actions,
  cache,
  compare,
  counter,
  head,
  log,
  notice,
  player,
  progress,
  snippets,
  sounds,
  takeTools,
  takes,
  texts,
  variants,
  voiceInput,
});
