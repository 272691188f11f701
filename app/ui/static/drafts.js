// What somebody types is kept by the browser, so that no reload loses it: for its tab, and the last of each field for
// the next tab. Some fields hold the words of a take; their drafts belong to that take.
import { toast } from "./toast.js";

const PLAIN = ["text", "pronunciations", "recipe", "voice-name", "seed-clone", "seed-edit"];
const OF_TAKES = ["transcript", "tagged-text", "new-words"];
const FIELDS = [...PLAIN, ...OF_TAKES];
const PREFIX = "editx.draft.";

let given = {}; // field -> { take, words }: what the service says
const seen = new WeakSet(); // fields that have been filled since they were drawn
const sending = new Map(); // take -> the words that are on their way to the service, and their request

const inputOf = (id) => document.querySelector(`#${id} textarea, #${id} input`);
const takeOf = (id) => given[id]?.take ?? "";
const keyOf = (id) => `${PREFIX}${id}${takeOf(id) && `.${takeOf(id)}`}`;

function store(place, key, text) {
  try {
    if (text === null) place.removeItem(key);
    else place.setItem(key, text);
  } catch {
    /* private window, or no room */
  }
}

function draftOf(id) {
  try {
    const own = sessionStorage.getItem(keyOf(id));
    if (own !== null) return own;
    const last = JSON.parse(localStorage.getItem(PREFIX + id) ?? "null");
    return last?.take === takeOf(id) ? last.text : null;
  } catch {
    return null;
  }
}

function keep(id, text) {
  const isNew = text !== (given[id]?.words ?? "");
  store(sessionStorage, keyOf(id), isNew || PLAIN.includes(id) ? text : null);
  store(localStorage, PREFIX + id, isNew ? JSON.stringify({ take: takeOf(id), text }) : null);
}

export function forgetDrafts() {
  for (const place of [sessionStorage, localStorage]) {
    for (const key of Object.keys(place).filter((name) => name.startsWith(PREFIX))) place.removeItem(key);
  }
}

function put(id, text) {
  const input = inputOf(id);
  if (input.value === text) return;
  input.value = text;
  input.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

function fill(id) {
  const input = inputOf(id);
  if (!input) return;
  const isFirst = !seen.has(input);
  seen.add(input);
  if (PLAIN.includes(id)) {
    if (isFirst && !input.value) put(id, draftOf(id) ?? "");
  } else if (given[id]) {
    put(id, draftOf(id) ?? given[id].words);
  }
}

// The words of takes, whenever the service has told them anew.
export function texts({ watch, props }) {
  const show = () => {
    given = props.value || {};
    OF_TAKES.forEach(fill);
  };
  watch("value", show);
  show();
}

// Sends a transcript that somebody corrected; the draft stays until the service has it.
async function send() {
  const { take, words } = given.transcript ?? {};
  const text = inputOf("transcript")?.value;
  if (!take || text === undefined || text === words || text === sending.get(take)?.text) return;
  const request = fetch(`./page/takes/${take}/words`, { method: "PUT", body: text, keepalive: true });
  sending.set(take, { text, request });
  try {
    if (!(await request).ok) throw new Error("refused");
    if (takeOf("transcript") !== take) return;
    given.transcript.words = text;
    keep("transcript", inputOf("transcript").value);
  } catch {
    toast("not_kept");
  } finally {
    if (sending.get(take)?.request === request) sending.delete(take);
  }
}

export function keepDrafts() {
  document.addEventListener("input", ({ target }) => {
    const id = FIELDS.find((name) => target.closest(`#${name}`));
    if (id && target === inputOf(id)) keep(id, target.value);
  });
  document.addEventListener("focusout", ({ target }) => target.closest("#transcript") && send());
  addEventListener("pagehide", send);
  let passed = null;
  // What is made next is made with the words as they are now.
  document.addEventListener(
    "click",
    async (event) => {
      const button = event.target.closest("#clone, #edit, #replay, #save-voice-button");
      if (!button || button === passed) return;
      send();
      if (!sending.size) return;
      event.stopImmediatePropagation();
      await Promise.allSettled([...sending.values()].map(({ request }) => request));
      passed = button;
      button.click();
      passed = null;
    },
    true,
  );
  new MutationObserver(() => {
    for (const id of FIELDS) {
      const input = inputOf(id);
      if (input && !seen.has(input)) fill(id);
    }
  }).observe(document.body, { childList: true, subtree: true });
  FIELDS.forEach(fill);
}
