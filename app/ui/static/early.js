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
  // A tab that was opened for a session by its id says so with all that it asks for; the cookie is of the other tabs.
  if (editx.session) {
    const send = window.fetch;
    window.fetch = (asked, options = {}) => {
      const address = new URL(asked instanceof Request ? asked.url : asked, document.baseURI);
      if (address.origin !== location.origin) return send(asked, options);
      const headers = new Headers(options.headers || (asked instanceof Request ? asked.headers : undefined));
      headers.set("x-editx-session", editx.session);
      return send(asked, { ...options, headers });
    };
    // What the browser itself loads carries it in its address.
    document.addEventListener(
      "click",
      ({ target }) => {
        const link = target.closest?.("a[href*='page/takes/']");
        if (link) link.href = editx.addressed(link.href);
      },
      true,
    );
  }
  editx.addressed = (path) => {
    if (!editx.session) return path;
    const address = new URL(path, document.baseURI);
    address.searchParams.set("session", editx.session);
    return address.href;
  };
  editx.ready = new Promise((resolve) => {
    editx.isReady = resolve;
  });
})();
