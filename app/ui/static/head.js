// The head of the page: language and colours.
import { speak } from "./words.js";

const NAMES = { en: "中文", "zh-CN": "English" }; // the button shows the language it leads to
const OTHER = { en: "zh-CN", "zh-CN": "en" };

export function head({ element }) {
  const button = element.querySelector("[data-action=language]");
  const show = () => {
    button.textContent = NAMES[editx.language];
    button.lang = OTHER[editx.language];
  };
  show();
  button.addEventListener("click", async () => {
    await speak(OTHER[editx.language]);
    show();
  });
  element.querySelector("[data-action=theme]").addEventListener("click", () => {
    editx.theme = editx.theme === "dark" ? "light" : "dark";
    editx.store("editx.theme", editx.theme);
    editx.dress();
    document.dispatchEvent(new Event("editx:theme"));
  });
}
