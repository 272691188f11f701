// What the machine does, asked for every two seconds while it is looked at.

import { copied } from "./copying.js";
import { confirmed } from "./dialog.js";
import { translateAll } from "./words.js";

const EVERY_MS = 2000;
const UNSEEN_EVERY_MS = 20_000; // so that the service knows the tab is there
const MAX_LINES = 1000;
const LEVELS = ["debug", "info", "warning", "error", "critical"];

let lastLine = 0;
let nEntries = 0;
let revision = null;
const lines = []; // kept here: the panel is made when its tab is first opened
let addLines = () => {};

function put(name, html) {
  document.querySelectorAll(`[data-live=${name}]`).forEach((place) => {
    if (place.dataset.html === html) return;
    place.dataset.html = html;
    place.innerHTML = html;
    translateAll(place);
  });
}

async function asked(path) {
  const answer = await fetch(path);
  if (answer.status === 401) {
    put("chip", '<span class="dot failed"></span><a href="./sign-in" data-word="chip_signed_out"></a>');
  }
  return answer.ok ? answer.json() : null;
}

// What every page follows: is the machine busy, have the takes changed?
async function lookAround() {
  let state;
  try {
    state = await asked("./page/state");
  } catch {
    return put("chip", '<span class="dot failed"></span><span data-word="chip_away"></span>');
  }
  if (!state) return;
  put("chip", state.chip);
  put("heard", state.heard);
  const shown = document.querySelector("ul.takes")?.dataset.revision;
  if (shown !== undefined && Number(shown) !== state.revision && document.body.dataset.job !== "working") {
    document.dispatchEvent(new Event("editx:refresh"));
  }
  if (state.revision !== revision) {
    revision = state.revision;
    document.dispatchEvent(new Event("editx:revision"));
  }
}

// What the machine panel shows; asked for only while it is seen.
async function lookInside() {
  if (!document.getElementById("engine-card")?.offsetParent) return;
  const after = lastLine;
  let state;
  try {
    state = await asked(`./page/machine?after=${after}`);
  } catch {
    return; // the chip says that the service is away
  }
  if (!state) return;
  put("engine", state.engine);
  put("cache", state.cache);
  nEntries = state.cache_entries;
  if (after !== lastLine) return; // another look was quicker
  lastLine = state.last_line;
  lines.push(...state.lines);
  lines.splice(0, Math.max(0, lines.length - MAX_LINES));
  addLines(state.lines);
}

export function watchMachine() {
  const tick = async () => {
    await Promise.all([lookAround(), lookInside()]);
    await editx.pause(document.visibilityState === "visible" ? EVERY_MS : UNSEEN_EVERY_MS);
    tick();
  };
  tick();
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && lookAround());
}

export function variants({ element, trigger }) {
  element.addEventListener("change", ({ target }) => trigger("change", { variant: target.value }));
}

export function cache({ element }) {
  new IntersectionObserver(lookInside).observe(element); // at once when the tab is opened
  element.addEventListener("click", async (event) => {
    const action = event.target.closest("[data-action]")?.dataset.action;
    const told = element.querySelector("p.done");
    told.textContent = "";
    if (action === "refresh") lookInside();
    if (action === "clear" && (await confirmed("clear_cache_really", "clear_cache", { n: nEntries }))) {
      const answer = await fetch("./page/cache/clear", { method: "POST" });
      told.innerHTML = (await answer.json()).said;
      lookInside();
    }
  });
}

export function log({ element }) {
  const box = element.querySelector(".lines");
  const level = element.querySelector("[data-action=level]");
  const follow = element.querySelector("[data-action=follow]");
  const row = ({ time, level: weight, text }) => {
    const line = document.createElement("div");
    line.className = weight;
    line.innerHTML = "<time></time> <b></b> <span></span>";
    line.children[0].textContent = time;
    line.children[1].textContent = weight;
    line.children[2].textContent = text;
    return line;
  };
  const isShown = (line) => LEVELS.indexOf(line.level) >= LEVELS.indexOf(level.value);
  const toEnd = () => {
    if (follow.checked) box.scrollTop = box.scrollHeight;
  };
  const showAll = () => {
    box.replaceChildren(...lines.filter(isShown).map(row));
    if (!box.children.length) box.innerHTML = '<p class="empty" data-word="log_empty"></p>';
    toEnd();
  };

  addLines = (fresh) => {
    const shown = fresh.filter(isShown);
    if (!shown.length) return;
    box.querySelector(".empty")?.remove();
    box.append(...shown.map(row));
    while (box.children.length > MAX_LINES) box.firstElementChild.remove();
    toEnd();
  };
  showAll();
  level.addEventListener("change", showAll);
  follow.addEventListener("change", toEnd);
  element.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-action]");
    if (button?.dataset.action === "clear") {
      lines.length = 0;
      showAll();
    }
    if (button?.dataset.action === "copy") {
      copied(
        lines
          .filter(isShown)
          .map((line) => `${line.time} ${line.level} ${line.text}`)
          .join("\n"),
        button,
      );
    }
  });
}
