// A short note at the foot of the page that goes by itself.
import { span } from "./words.js";

const SHOWN_MS = 1600;

export function toast(key) {
  const note = document.createElement("div");
  note.className = "toast";
  note.setAttribute("role", "status");
  note.append(span(key));
  document.body.append(note);
  setTimeout(() => note.remove(), SHOWN_MS);
}
