// Copying to the clipboard, also where the page has come over plain http.
import { pageAddress } from "./address.js";
import { toast } from "./toast.js";

export async function copied(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  toast("copied");
  button?.focus();
}

export function snippets({ element, watch }) {
  const address = () =>
    element.querySelectorAll("pre[data-origin]").forEach((pre) => {
      pre.textContent = pre.textContent.replaceAll(pre.dataset.origin, pageAddress());
    });
  watch("value", address);
  address();
  element.addEventListener("click", (event) => {
    const button = event.target.closest("[data-action=copy]");
    if (button) copied(button.parentElement.querySelector("pre").textContent, button);
  });
}
