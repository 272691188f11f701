// Lists of things to act on: takes, voices, examples. Buttons say what they do in data-action.

import { compareAs } from "./compare.js";
import { copied } from "./copying.js";
import { askedText, confirmed } from "./dialog.js";
import { playSoon } from "./player.js";

const preview = new Audio();

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

export function takes({ element, trigger }) {
  document.addEventListener("editx:refresh", () => trigger("refresh", {}));
  element.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-action]");
    if (!button) return;
    const { action, example } = button.dataset;
    if (action === "example") return trigger("example", { example });
    const { take, name } = button.closest("[data-take]").dataset;
    button.closest("details")?.removeAttribute("open");
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
      trigger(action, { take });
    }
  });
  document.addEventListener("click", (event) => {
    for (const menu of element.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.removeAttribute("open");
    }
  });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest("details.menu[open]");
    menu?.removeAttribute("open");
    menu?.querySelector("summary").focus();
  });
}
