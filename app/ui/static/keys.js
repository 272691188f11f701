// The keyboard: run, cancel, play, undo, redo, switch.
import { switchAB } from "./compare.js";
import { togglePlayer } from "./player.js";
import { jobRuns } from "./progress.js";

const shown = (id) => {
  const element = document.getElementById(id);
  return element?.offsetParent ? element : null;
};
const press = (id) => {
  const button = shown(id);
  if (button && !button.disabled) button.click();
};

export function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    const isTyping = event.target.closest("input:not([type=range], [type=radio], [type=checkbox]), textarea, select");
    const hasCommand = event.ctrlKey || event.metaKey;
    if (hasCommand && event.key === "Enter") {
      event.preventDefault();
      ["clone", "edit", "replay"].map(shown).find(Boolean)?.click();
    } else if (event.key === "Escape" && jobRuns()) {
      press("cancel");
    } else if (isTyping || (event.target.closest("button, summary, a, audio, [role=tab]") && event.key === " ")) {
      return;
    } else if (event.key === " ") {
      event.preventDefault();
      const inCompare = shown("compare");
      if (inCompare) inCompare.querySelector("[data-action=play]")?.click();
      else togglePlayer();
    } else if (hasCommand && event.key.toLowerCase() === "z") {
      event.preventDefault();
      press(event.shiftKey ? "redo" : "undo");
    } else if (hasCommand && event.key.toLowerCase() === "y") {
      event.preventDefault();
      press("redo");
    } else if (event.key.toLowerCase() === "x" && !hasCommand && shown("compare")) {
      switchAB();
    }
  });
}
