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

export function sounds({ element }) {
  const id = element.querySelector("[data-target]").dataset.target;
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
