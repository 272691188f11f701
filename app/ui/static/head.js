// The head of the page: language and colours.
import { forgetDrafts } from "./drafts.js";
import { jobRuns } from "./progress.js";
import { toast } from "./toast.js";
import { speak } from "./words.js";

const NAMES = { en: "中文", "zh-CN": "English" }; // the button shows the language it leads to
const OTHER = { en: "zh-CN", "zh-CN": "en" };

// Gradio's own words change with ours where its script can be had (app/ui/gradio_edges.py).
async function changeGradio(language) {
  if (!editx.core) return false;
  try {
    (await import(new URL(editx.core, document.baseURI))).changeLocale(language);
    return true;
  } catch {
    return false;
  }
}

export function head({ element }) {
  const button = element.querySelector("[data-action=language]");
  const show = () => {
    button.textContent = NAMES[editx.language];
    button.lang = OTHER[editx.language];
  };
  show();
  button.addEventListener("click", async () => {
    speak(OTHER[editx.language]);
    show();
    if (await changeGradio(editx.language)) return;
    if (jobRuns()) toast("language_later");
    else location.reload();
  });
  // Others may use this browser next.
  element.querySelector("form[action='./sign-out']")?.addEventListener("submit", forgetDrafts);
  element.querySelector("[data-action=theme]").addEventListener("click", () => {
    editx.theme = editx.theme === "dark" ? "light" : "dark";
    editx.store("editx.theme", editx.theme);
    editx.dress();
    document.dispatchEvent(new Event("editx:theme"));
  });
}
