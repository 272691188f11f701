// Lists of things to act on: takes, voices, examples. Buttons say what they do in data-action.

import { compareAs } from "./compare.js";
import { copied } from "./copying.js";
import { askedText, confirmed } from "./dialog.js";
import { hearOne, others, playSoon } from "./player.js";
import { arrangeSoon, focusAfter, fold } from "./take_list.js";

const GAP = 4; // pixels between a menu and its button, and the edge of the window
const preview = new Audio();
others.push(preview);
preview.addEventListener("play", () => hearOne(preview));

async function agreed(button) {
  const { confirm, act, confirmValues } = button.dataset;
  return !confirm || confirmed(confirm, act, JSON.parse(confirmValues || "{}"));
}

// Any list whose buttons carry their own data: { action, voice, example, ... }.
export function actions({ element, trigger }) {
  element.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-action]");
    if (!button) return;
    const { action, src } = button.dataset;
    if (action === "hear") {
      const isPlaying = !preview.paused && preview.src.includes(src.slice(1));
      preview.pause();
      if (isPlaying) return;
      preview.src = editx.addressed(src);
      preview.play();
    } else if (await agreed(button)) {
      if (action === "example") openTab("studio");
      trigger(action, { ...button.dataset });
    }
  });
}

export function openTab(name) {
  document.querySelector(`#main-tabs [role=tab][data-tab-id=${name}]`)?.click();
}

// Menus of the list: one is open at a time, none leaves the window, each closes by Escape or a click beside it.
function place(menu) {
  const list = menu.querySelector("div");
  const button = menu.querySelector("summary").getBoundingClientRect();
  const { width, height } = list.getBoundingClientRect();
  const below = button.bottom + GAP;
  const top = below + height <= innerHeight - GAP ? below : Math.max(GAP, button.top - GAP - height);
  list.style.top = `${Math.min(top, Math.max(GAP, innerHeight - GAP - height))}px`;
  list.style.left = `${Math.max(GAP, Math.min(button.right - width, innerWidth - GAP - width))}px`;
}

function keepMenusInside(element) {
  const close = (but) => {
    for (const menu of element.querySelectorAll("details.menu[open]")) if (menu !== but) menu.removeAttribute("open");
  };
  element.addEventListener(
    "toggle",
    ({ target }) => {
      if (!target.open) return;
      close(target);
      place(target);
    },
    true,
  );
  document.addEventListener("click", ({ target }) => close(target.closest("details.menu")));
  document.addEventListener("scroll", () => element.querySelectorAll("details.menu[open]").forEach(place), true);
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest("details.menu[open]");
    menu?.removeAttribute("open");
    menu?.querySelector("summary").focus();
  });
}

export function takes({ element, trigger, watch }) {
  document.addEventListener("editx:refresh", () => trigger("refresh", {}));
  element.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-action]");
    if (!button) return;
    const { action, example } = button.dataset;
    if (action === "example") return trigger("example", { example });
    const { take, name } = button.closest("[data-take]").dataset;
    button.closest("details")?.removeAttribute("open");
    if (action === "fold") return fold(take);
    if (action === "play") {
      playSoon(take);
      trigger("select", { take });
    } else if (action === "rename") {
      const wanted = await askedText("new_name", "rename", name);
      if (wanted !== null) trigger("rename", { take, name: wanted });
    } else if (action === "copy_recipe") {
      copied(await (await fetch(`./page/takes/${take}/recipe`)).text(), button);
    } else if (action === "as_a" || action === "as_b") {
      compareAs(action.slice(-1), take);
      openTab("compare");
    } else if (await agreed(button)) {
      if (action === "delete") focusAfter(take);
      trigger(action, { take });
    }
  });
  keepMenusInside(element);
  watch("value", () => arrangeSoon());
  arrangeSoon();
}
