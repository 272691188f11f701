// Before anything is drawn: which language, which colours. Gradio asks the browser for both.
(() => {
  const known = Object.keys(editx.words);
  const wished = (navigator.languages || [navigator.language]).find((name) => /^(zh|en)/i.test(name)) || "en";
  const stored = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  const chosen = stored("editx.language");
  editx.language = known.includes(chosen) ? chosen : /^zh/i.test(wished) ? "zh-CN" : "en";
  Object.defineProperty(navigator, "language", { get: () => editx.language });
  Object.defineProperty(navigator, "languages", { get: () => [editx.language] });
  document.documentElement.lang = editx.language;

  editx.theme = stored("editx.theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  editx.store = (name, value) => {
    try {
      localStorage.setItem(name, value);
    } catch {
      /* private window */
    }
  };
  editx.dress = () => document.body.classList.toggle("dark", editx.theme === "dark");
  document.addEventListener("DOMContentLoaded", () => {
    editx.dress();
    new MutationObserver(() => {
      if (document.body.classList.contains("dark") !== (editx.theme === "dark")) editx.dress();
    }).observe(document.body, { attributeFilter: ["class"] });
  });
  editx.ready = new Promise((resolve) => {
    editx.isReady = resolve;
  });
})();
