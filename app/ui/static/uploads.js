// Files on their way to the service, one after the other. What did not arrive stays here and can be sent again.
import { span } from "./words.js";

// The words of an answer that refuses; a failure in the API's shape, which is an object, has none for the page.
export const toldIn = ({ error }) => (typeof error === "string" ? error : null);

const isTemporary = (status) => status === 0 || status === 429 || status >= 500;

function button(key, action, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.dataset.action = action;
  made.append(span(key));
  made.addEventListener("click", press);
  return made;
}

// `status` shows how far it is, `trouble` what went wrong; `arrived(take, isFirst)` is told of each recording.
export function uploads({ status, trouble, limitMb, arrived }) {
  const waiting = [];
  const failed = new Set();
  let current = null;

  const say = (key, values) => status.replaceChildren(...(key ? [span(key, values)] : []));

  function fail(told, file = null, canRetry = false) {
    const box = document.createElement("div");
    box.className = "alert";
    box.setAttribute("role", "alert");
    if (file?.name) box.append(`${file.name}: `);
    const words = document.createElement("span");
    if (typeof told === "string") words.innerHTML = told;
    else words.append(told);
    box.append(words);
    if (canRetry) {
      failed.add(file);
      box.append(
        " ",
        button("try_again", "try-again", () => {
          failed.delete(file);
          box.remove();
          add([file]);
        }),
      );
    }
    trouble.append(box);
  }

  function next() {
    if (current || !waiting.length) return;
    const file = waiting.shift();
    const mine = new XMLHttpRequest();
    current = mine;
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.setAttribute("aria-label", file.name);
    const told = document.createElement("span");
    const rest = document.createElement("span");
    status.replaceChildren(bar, told, rest, button("stop_upload", "stop-upload", stop));
    const showRest = () =>
      rest.replaceChildren(...(waiting.length ? [span("uploads_wait", { n: waiting.length })] : []));
    mine.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.value = loaded / total;
      const percent = Math.round((100 * loaded) / total);
      told.replaceChildren(loaded === total ? span("reading") : span("uploading", { percent }));
      showRest();
    });
    const end = (key = "") => {
      current = null;
      say(key);
      next();
    };
    mine.addEventListener("load", () => {
      const isOurs = mine.getResponseHeader("content-type")?.startsWith("application/json");
      const answer = isOurs ? JSON.parse(mine.responseText) : { error: null };
      if (answer.take) arrived(answer.take, !file.batch.hasArrived);
      else fail(toldIn(answer) ?? span("error_internal"), file, isTemporary(mine.status));
      file.batch.hasArrived ||= Boolean(answer.take);
      end();
    });
    mine.addEventListener("error", () => {
      fail(span("error_away"), file, true);
      end();
    });
    mine.addEventListener("abort", () => end("upload_stopped"));
    mine.open("POST", editx.addressed(`./page/recordings?name=${encodeURIComponent(file.name)}`));
    showRest();
    mine.send(file.blob);
  }

  function stop() {
    waiting.length = 0;
    current?.abort();
  }

  // Files that belong together: the first that arrives is the one that was meant to be used.
  function add(files) {
    const batch = { hasArrived: false };
    for (const file of files) {
      if (file.blob.size > editx.max_upload_bytes) fail(span("error_audio_too_large", { mb: limitMb }), file);
      else waiting.push({ ...file, batch });
    }
    next();
  }

  addEventListener("beforeunload", (event) => {
    if (current || failed.size) event.preventDefault(); // the browser asks
  });
  return {
    add: (files) => {
      if (!failed.size) trouble.replaceChildren();
      add(files);
    },
    fail,
    say,
  };
}
