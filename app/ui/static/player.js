// The player of the studio: the current take, or a running job while it is made.
let player = null;

// Within a tab one sound is heard at a time.
export const others = []; // players that are no part of the document
export function hearOne(sounding) {
  for (const audio of [...document.querySelectorAll("audio"), ...others]) if (audio !== sounding) audio.pause();
}
document.addEventListener("play", ({ target }) => hearOne(target), true);

export const togglePlayer = () => player?.toggle();

export function playSoon(takeId) {
  if (player?.taken === takeId) player.audio.play();
  else if (player) player.wish = takeId;
}

export function playerPanel({ element, watch, props }) {
  const box = element.querySelector(".player");
  const audio = box.querySelector("audio");
  const track = box.querySelector(".track");
  const auto = box.querySelector(".autoplay input");
  auto.checked = localStorage.getItem("editx.autoplay") !== "off";
  auto.addEventListener("change", () => editx.store("editx.autoplay", auto.checked ? "on" : "off"));
  player = {
    audio,
    taken: "",
    live: "",
    failed: "",
    wish: "",
    toggle: () => (audio.paused ? audio.play() : audio.pause()),
  };
  const play = () => audio.play().catch(() => {}); // a browser may want a click first

  const head = document.createElement("i");
  head.className = "head";
  let duration = 0;
  const follow = () => {
    const whole = Number.isFinite(audio.duration) ? audio.duration : duration;
    head.style.left = `${whole ? (100 * audio.currentTime) / whole : 0}%`;
    if (!audio.paused) requestAnimationFrame(follow);
  };
  audio.addEventListener("play", follow);
  audio.addEventListener("error", () => {
    player.failed = player.live;
    player.live = ""; // the take plays by itself when it is there
  });
  audio.addEventListener("timeupdate", follow);
  track.addEventListener("click", (event) => {
    const area = track.getBoundingClientRect();
    if (duration) audio.currentTime = (duration * (event.clientX - area.left)) / area.width;
  });

  const playLive = (address) => {
    if (player.live === address || player.failed === address) return;
    player.live = address;
    player.taken = "";
    box.hidden = false;
    duration = 0;
    track.replaceChildren();
    box.querySelector(".title").innerHTML = "";
    box.querySelector(".title").dataset.word = "playing_live";
    audio.src = editx.addressed(address);
    if (auto.checked) play();
  };

  const showTake = (value) => {
    const title = box.querySelector(".title");
    delete title.dataset.word;
    title.innerHTML = value.title;
    if (player.taken === value.take) return;
    const wasLive = player.live && value.fresh;
    const at = wasLive ? audio.currentTime : 0;
    const goesOn = wasLive && !audio.paused && !audio.ended;
    const begins = goesOn || player.wish === value.take || (value.fresh && !player.live && auto.checked);
    player.taken = value.take;
    player.live = player.wish = "";
    duration = value.duration_s;
    track.innerHTML = value.wave;
    track.append(head);
    audio.src = editx.addressed(value.src);
    audio.addEventListener(
      "loadedmetadata",
      () => {
        if (goesOn) audio.currentTime = Math.min(at, audio.duration);
        if (begins) play();
        follow();
      },
      { once: true },
    );
    box.hidden = false;
    // On a small screen the result is far below the button that asked for it.
    if (value.fresh && innerWidth < 760) box.scrollIntoView({ behavior: "smooth", block: "center" });
  };

  let lastTake = null;
  const show = () => {
    const value = props.value || {};
    if (value.live) return playLive(value.live);
    if (value.take) {
      lastTake = value;
      return showTake(value);
    }
    if (value.take === "") {
      audio.pause();
      box.hidden = true;
      player.taken = "";
    }
  };
  watch("value", show);
  show();
  document.addEventListener("editx:job", ({ detail }) => {
    if (player.live && (detail === "cancelled" || detail === "error")) {
      audio.pause();
      player.live = "";
      if (lastTake) showTake({ ...lastTake, fresh: false });
      else box.hidden = true;
    }
  });
}
