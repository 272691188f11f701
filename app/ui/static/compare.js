// Two takes side by side: one switch that keeps the place, and equal loudness.
import { redrawPictures, showPictures } from "./pictures.js";
import { fill } from "./words.js";

const chosen = { a: "", b: "" };
let reload = () => {};
let switchSides = () => {};

export const switchAB = () => switchSides();

export function compareAs(side, take) {
  chosen[side] = take;
  const other = side === "a" ? "b" : "a";
  if (chosen[other] === take) chosen[other] = "";
  reload();
}

export function compare({ element }) {
  const box = element.querySelector(".comparison");
  let side = "a";
  let isMatched = true;

  const audioOf = (name) => box.querySelector(`.lane[data-side=${name}] audio`);
  const active = () => audioOf(side);
  const level = () =>
    box.querySelectorAll("audio").forEach((audio) => {
      audio.volume = isMatched ? Number(audio.dataset.gain) : 1;
    });

  const paint = () => {
    const audio = active();
    if (!audio) return;
    const slider = box.querySelector("[data-action=seek]");
    slider.value = audio.currentTime;
    box.querySelector("output").textContent = audio.currentTime.toFixed(1);
    box.style.setProperty("--at", audio.currentTime / Number(slider.max));
    box.querySelectorAll(".lane").forEach((lane) => {
      lane.classList.toggle("active", lane.dataset.side === side);
    });
    const label = box.querySelector("[data-action=switch] [data-word]");
    label.dataset.values = JSON.stringify({ side: side === "a" ? "B" : "A" });
    const play = box.querySelector("[data-action=play] [data-word]");
    play.dataset.word = audio.paused ? "play" : "pause";
    play.textContent = fill(play.dataset.word);
    if (!audio.paused) requestAnimationFrame(paint);
  };

  switchSides = () => {
    const from = active();
    if (!from) return;
    const goesOn = !from.paused;
    const at = from.currentTime;
    from.pause();
    side = side === "a" ? "b" : "a";
    const to = active();
    to.currentTime = Math.min(at, to.duration || at);
    if (goesOn && at < (to.duration || Infinity)) to.play();
    paint();
  };

  reload = async () => {
    if (!element.offsetParent) return; // shown later: the observer below calls again
    const answer = await fetch(`./page/compare?${new URLSearchParams(chosen)}`);
    if (!answer.ok) return;
    const text = await answer.text();
    if (text === reload.last) return;
    reload.last = text;
    box.innerHTML = text;
    box.querySelectorAll("select").forEach((select) => {
      chosen[select.dataset.side] = select.value;
    });
    side = "a";
    for (const audio of box.querySelectorAll("audio")) {
      if (editx.session) audio.src = editx.addressed(audio.src);
      for (const name of ["play", "pause", "ended", "timeupdate"]) audio.addEventListener(name, paint);
    }
    level();
    showPictures(box);
    paint();
  };

  box.addEventListener("change", (event) => {
    const { side: which, action } = event.target.dataset;
    if (which) compareAs(which, event.target.value);
    if (action === "match") {
      isMatched = event.target.checked;
      level();
    }
  });
  box.addEventListener("input", (event) => {
    if (event.target.dataset.action !== "seek") return;
    active().currentTime = Math.min(Number(event.target.value), active().duration || 0);
    paint();
  });
  box.addEventListener("click", (event) => {
    const action = event.target.closest("[data-action]")?.dataset.action;
    if (action === "play") active().paused ? active().play() : active().pause();
    if (action === "switch") switchSides();
    const track = event.target.closest(".track");
    if (track) {
      const area = track.getBoundingClientRect();
      const longest = Number(box.querySelector("[data-action=seek]").max);
      active().currentTime = Math.min((longest * (event.clientX - area.left)) / area.width, active().duration || 0);
      paint();
    }
  });
  document.addEventListener("editx:theme", () => redrawPictures(box));
  document.addEventListener("editx:revision", () => reload());
  new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && reload()).observe(element);
}
