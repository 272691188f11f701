// The list of takes as one wants to see it: by tree or the newest first, what has some words, the starred, branches folded.
import { fill, span } from "./words.js";

const folded = new Set(); // takes whose branches are hidden
const wanted = { text: "", order: "tree", isStarred: false };
let lastShown = "";
let heir = ""; // the take whose row gets the focus when the list is drawn anew

const list = () => document.querySelector("#takes ul.takes");
const rows = () => [...document.querySelectorAll("#takes li.take")];
const depthOf = (row) => Number(row.dataset.depth);

function foldButton() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain fold";
  button.dataset.action = "fold";
  button.dataset.label = "fold";
  button.setAttribute("aria-label", fill("fold"));
  button.innerHTML =
    '<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true"><path d="m6 9 6 6 6-6"/></svg>';
  return button;
}

function showTree(all) {
  let hiddenBelow = Number.POSITIVE_INFINITY; // the depth of a folded take whose branch is passed
  all.forEach((row, n) => {
    const depth = depthOf(row);
    if (depth <= hiddenBelow) hiddenBelow = Number.POSITIVE_INFINITY;
    row.hidden ||= depth > hiddenBelow;
    const isParent = n + 1 < all.length && depthOf(all[n + 1]) > depth;
    if (!isParent) return;
    const isFolded = folded.has(row.dataset.take);
    if (isFolded && hiddenBelow === Number.POSITIVE_INFINITY) hiddenBelow = depth;
    const button = row.querySelector(".fold") ?? foldButton();
    button.setAttribute("aria-expanded", String(!isFolded));
    row.prepend(button);
  });
}

function arrange() {
  const place = list();
  if (!place) return;
  for (const heading of place.querySelectorAll(".group")) heading.remove();
  const all = rows().sort((a, b) => Number(a.dataset.place) - Number(b.dataset.place));
  const text = wanted.text.toLowerCase();
  for (const row of all) {
    const isFound = `${row.textContent} ${row.dataset.said}`.toLowerCase().includes(text);
    row.hidden = !isFound || (wanted.isStarred && row.dataset.starred === undefined);
    row.querySelector(".fold")?.remove();
  }
  const isTree = wanted.order === "tree";
  place.classList.toggle("flat", !isTree);
  if (isTree) {
    if (!text && !wanted.isStarred) showTree(all);
    place.append(...all);
  } else {
    const newest = all.toSorted((a, b) => Number(b.dataset.number) - Number(a.dataset.number));
    const heading = document.createElement("li");
    heading.className = "group over";
    heading.append(span("recordings_title"));
    const recordings = newest.filter((row) => row.matches(".recording"));
    heading.hidden = recordings.every((row) => row.hidden);
    place.append(...newest.filter((row) => !row.matches(".recording")), heading, ...recordings);
  }
  if (all.length && all.every((row) => row.hidden)) {
    const none = document.createElement("li");
    none.className = "group empty";
    none.append(span("none_found"));
    place.append(none);
  }
  const current = place.querySelector("li.current");
  const shown = `${current?.dataset.take} ${wanted.order}`;
  if (current && shown !== lastShown) place.scrollTop = current.offsetTop - place.offsetTop - 40;
  lastShown = shown;
}

// A row that is deleted leaves the focus to the next one, else to the list.
export function focusAfter(take) {
  const all = [...document.querySelectorAll("#takes li.take:not([hidden])")];
  const at = all.findIndex((row) => row.dataset.take === take);
  heir = (all[at + 1] ?? all[at - 1])?.dataset.take ?? "none";
}

function focusHeir() {
  if (!heir) return;
  const row = document.querySelector(`#takes [data-take="${heir}"] .pick`);
  const place = row ?? document.querySelector("#takes .gallery button");
  heir = "";
  place?.focus();
}

export function arrangeSoon() {
  requestAnimationFrame(() => {
    rows().forEach((row, n) => {
      row.dataset.place ??= n; // its place in the tree
    });
    arrange();
    focusHeir();
  });
}

export function fold(take) {
  if (!folded.delete(take)) folded.add(take);
  arrange();
  document.querySelector(`#takes [data-take="${take}"] .fold`)?.focus();
}

export function takeTools({ element }) {
  const order = element.querySelector("select");
  const starred = element.querySelector("[data-action=starred]");
  wanted.order = localStorage.getItem("editx.order") ?? "tree";
  order.value = wanted.order;
  element.querySelector("input").addEventListener("input", ({ target }) => {
    wanted.text = target.value.trim();
    arrange();
  });
  order.addEventListener("change", () => {
    wanted.order = order.value;
    editx.store("editx.order", order.value);
    arrange();
  });
  starred.addEventListener("click", () => {
    wanted.isStarred = !wanted.isStarred;
    starred.setAttribute("aria-pressed", String(wanted.isStarred));
    arrange();
  });
}
