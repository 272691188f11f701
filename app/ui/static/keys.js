// The keyboard: run, cancel, play, undo, redo, switch.
import { switchAB } from "./compare.js";
import { togglePlayer } from "./player.js";
import { jobRuns } from "./progress.js";

const TAKES_SPACE = "button, summary, a, audio, [role=tab], input[type=radio], input[type=checkbox]";

const shown = (id) => {
  const element = document.getElementById(id);
  return element?.offsetParent ? element : null;
};
const press = (id) => {
  const button = shown(id);
  if (button && !button.disabled) button.click();
};

// Gradio gives each radio a name of its own, so that arrows do nothing and each is a tab stop.
function groupRadios(root) {
  for (const input of root.querySelectorAll("#task input[type=radio], .tags input[type=radio]")) {
    const { id } = input.closest("#task, .tags");
    if (input.name !== id) input.name = id;
  }
}

// The next choice of a group that begins with the letter that was typed.
function typeAhead(event) {
  const own = event.target.closest("input[type=radio]");
  if (!own?.name || event.key.length !== 1 || event.key === " " || event.ctrlKey || event.metaKey || event.altKey)
    return;
  const group = [...document.querySelectorAll(`input[type=radio][name="${own.name}"]`)];
  const at = group.indexOf(own);
  const found = [...group.slice(at + 1), ...group.slice(0, at + 1)].find((input) =>
    input.closest("label").textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()),
  );
  if (!found) return;
  event.preventDefault();
  found.focus();
  found.click();
}

export function listenToKeys() {
  groupRadios(document);
  new MutationObserver((changes) => {
    if (changes.some(({ type, addedNodes }) => type === "attributes" || addedNodes.length)) groupRadios(document);
  }).observe(document.body, { childList: true, subtree: true, attributeFilter: ["name"] }); // it names them anew
  document.addEventListener("keydown", typeAhead);
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    const isTyping = event.target.closest("input:not([type=range], [type=radio], [type=checkbox]), textarea, select");
    const hasCommand = event.ctrlKey || event.metaKey;
    if (hasCommand && event.key === "Enter") {
      event.preventDefault();
      ["clone", "edit", "replay"].map(shown).find(Boolean)?.click();
    } else if (event.key === "Escape" && jobRuns()) {
      press("cancel");
    } else if (isTyping || (event.target.closest(TAKES_SPACE) && event.key === " ")) {
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
    } else if (event.key.toLowerCase() === "x" && !hasCommand && shown("compare") && !event.defaultPrevented) {
      switchAB();
    }
  });
}
