// A short note at the foot of the page that goes by itself. A newer one takes its place. What was done is told so, with
// a way back while it stands.
import { span } from "./words.js";

const SHOWN_MS = 4000;
let current = null;

// `act` names a button in it, which does `press`.
export function toast(key, values = {}, { ms = SHOWN_MS, act = "", press } = {}) {
  current?.remove();
  const note = document.createElement("div");
  current = note;
  note.className = "toast";
  note.setAttribute("role", "status");
  note.append(span(key, values));
  if (act) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(span(act));
    button.addEventListener("click", () => {
      note.remove();
      press();
    });
    note.append(button);
  }
  document.body.append(note);
  setTimeout(() => note.remove(), ms);
}

const UNDOABLE_MS = 10_000; // of one that can be undone
let last = -1; // the revision that was told of last

export function notice({ watch, props }) {
  const show = () => {
    const { key, values, can_undo: canUndo, revision } = props.value || {};
    if (!key || revision === last) return;
    last = revision;
    const undo = () => document.getElementById("undo").click();
    toast(key, values, canUndo ? { ms: UNDOABLE_MS, act: "undo", press: undo } : {});
  };
  watch("value", show);
}
