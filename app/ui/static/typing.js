// Text fields: the counter, and sounds put in at the cursor.
import { span } from "./words.js";

const field = (id) => document.querySelector(`#${id} textarea`);
const marks = new Map(); // where the cursor was when a field lost it

export function counter({ element }) {
  const box = element.querySelector(".counter");
  const { for: id, limit } = box.dataset;
  const show = () => {
    const n = [...(field(id)?.value || "")].length;
    const over = n - Number(limit);
    box.classList.toggle("over-limit", over > 0);
    box.replaceChildren(over > 0 ? span("counter_over", { n, over, limit }) : span("counter", { n, limit }));
  };
  document.addEventListener("input", (event) => event.target.closest(`#${id}`) && show());
  show();
}

const MARK_AFTER_MS = 400; // of the last letter

// Words in brackets that are no sounds are told of while they are typed.
function mark(element, id) {
  const place = document.createElement("div");
  place.setAttribute("aria-live", "polite");
  element.prepend(place);
  let wait = 0;
  const look = async () => {
    const text = field(id)?.value ?? "";
    if (!text.includes("[")) return place.replaceChildren();
    const answer = await fetch("./page/marks", { method: "POST", body: text });
    if (answer.ok && text === field(id)?.value) place.innerHTML = await answer.text();
  };
  document.addEventListener("input", (event) => {
    if (!event.target.closest(`#${id}`)) return;
    clearTimeout(wait);
    wait = setTimeout(look, MARK_AFTER_MS);
  });
  place.addEventListener("click", ({ target }) => {
    const { slip, meant } = target.closest("[data-slip]")?.dataset ?? {};
    const area = field(id);
    const at = slip ? area.value.indexOf(slip) : -1;
    if (at < 0) return;
    area.focus();
    area.setRangeText(meant, at, at + slip.length, "end");
    area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  });
}

export function sounds({ element }) {
  const id = element.querySelector("[data-target]").dataset.target;
  mark(element, id);
  document.addEventListener("selectionchange", () => {
    const area = field(id);
    if (document.activeElement === area) marks.set(id, [area.selectionStart, area.selectionEnd]);
  });
  element.addEventListener("click", (event) => {
    const tag = event.target.closest("[data-insert]")?.dataset.insert;
    const area = field(id);
    if (!tag || !area) return;
    const [from, to] = marks.get(id) || [area.value.length, area.value.length];
    area.focus();
    area.setRangeText(tag, Math.min(from, area.value.length), Math.min(to, area.value.length), "end");
    marks.set(id, [area.selectionStart, area.selectionEnd]);
    area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  });
}
