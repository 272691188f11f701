// A short note at the foot of the page that goes by itself. A newer one takes its place.
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
