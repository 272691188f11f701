// Words: whatever carries data-word, data-label or data-placeholder is shown in the language of the moment.
export function fill(key, values = {}) {
  const table = editx.words[editx.language];
  const text = table[key] ?? editx.words.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name] ?? "";
    return value.word ? fill(value.word, value.values) : value; // a value may be words itself
  });
}

const valuesOf = (element) => JSON.parse(element.dataset.values || "{}");

function translate(element) {
  if (element.dataset.word) {
    const text = fill(element.dataset.word, valuesOf(element));
    if (element.textContent !== text) element.textContent = text;
  }
  if (element.dataset.label) {
    const text = fill(element.dataset.label, valuesOf(element));
    if (element.type === "search" && element.placeholder !== text) element.placeholder = text;
    if (element.getAttribute("aria-label") !== text) {
      element.setAttribute("aria-label", text);
      element.title = text;
    }
  }
}

// Gradio turns the name of a tab only once its panel has been opened.
function nameTabs(root) {
  const tables = Object.values(editx.words);
  const keys = Object.keys(editx.words.en).filter((key) => key.startsWith("tab_"));
  for (const tab of root.querySelectorAll?.("[role=tab]:not([data-word])") ?? []) {
    const shown = tab.textContent.trim();
    const key = keys.find((name) => tables.some((table) => table[name] === shown));
    if (key) tab.dataset.word = key;
  }
}

export function translateAll(root = document) {
  nameTabs(root);
  if (root.matches?.("[data-word], [data-label]")) translate(root);
  root.querySelectorAll?.("[data-word], [data-label]").forEach(translate);
}

export function span(key, values = {}) {
  const element = document.createElement("span");
  element.dataset.word = key;
  element.dataset.values = JSON.stringify(values);
  translate(element);
  return element;
}

export function watchWords() {
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      // Gradio may put new English text into an element that stays: then only its text has changed.
      const holder = (target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement)?.closest(
        "[data-word], [data-label]",
      );
      if (holder) translate(holder);
      for (const node of addedNodes) if (node.nodeType === Node.ELEMENT_NODE) translateAll(node);
    }
  }).observe(document.body, {
    childList: true,
    subtree: true,
    characterData: true,
    attributeFilter: ["data-word", "data-label", "data-values"],
  });
  translateAll();
}

export function speak(language) {
  editx.language = language;
  editx.store("editx.language", language);
  document.documentElement.lang = language;
  translateAll();
}
