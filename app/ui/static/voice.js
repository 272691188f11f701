// A recording comes in: from a file, by dropping, or from the microphone.
import { span } from "./words.js";

// The words of an answer that refuses; a failure in the API's shape, which is an object, has none for the page.
export const toldIn = ({ error }) => (typeof error === "string" ? error : null);

export function voiceInput({ element, trigger }) {
  const drop = element.querySelector(".drop");
  const input = element.querySelector("input[type=file]");
  const status = element.querySelector(".status");
  const trouble = element.querySelector(".trouble");
  const recordButton = element.querySelector("[data-action=record]");
  let request = null;
  let recorder = null;

  const say = (key, values) => status.replaceChildren(...(key ? [span(key, values)] : []));
  const fail = (html) => {
    const box = document.createElement("div");
    box.className = "alert";
    box.setAttribute("role", "alert");
    if (typeof html === "string") box.innerHTML = html;
    else box.append(html);
    trouble.replaceChildren(box);
  };

  const stopButton = () => {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.action = "stop-upload";
    button.append(span("stop_upload"));
    button.addEventListener("click", () => request?.abort());
    return button;
  };

  function upload(blob, name) {
    trouble.replaceChildren();
    if (blob.size > editx.max_upload_bytes) {
      fail(span("error_audio_too_large", { mb: drop.dataset.limitMb }));
      return;
    }
    request?.abort();
    const mine = new XMLHttpRequest();
    request = mine;
    const bar = document.createElement("progress");
    bar.max = 1;
    const told = document.createElement("span");
    status.replaceChildren(bar, told, stopButton());
    mine.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.value = loaded / total;
      const isSent = loaded === total;
      told.replaceChildren(
        isSent ? span("reading") : span("uploading", { percent: Math.round((100 * loaded) / total) }),
      );
    });
    mine.addEventListener("load", () => {
      say("");
      const isOurs = mine.getResponseHeader("content-type")?.startsWith("application/json");
      const answer = isOurs ? JSON.parse(mine.responseText) : { error: null };
      if (answer.take) trigger("upload", { take: answer.take });
      else fail(toldIn(answer) ?? span("error_internal"));
    });
    mine.addEventListener("error", () => {
      say("");
      fail(span("error_away"));
    });
    mine.addEventListener("abort", () => mine === request && say("upload_stopped"));
    mine.open("POST", editx.addressed(`./page/recordings?name=${encodeURIComponent(name)}`));
    mine.send(blob);
  }

  async function record() {
    if (recorder) return recorder.stop();
    trouble.replaceChildren();
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      return fail(span("error_no_microphone"));
    }
    const parts = [];
    const began = Date.now();
    recorder = new MediaRecorder(stream);
    const word = recordButton.querySelector("[data-word]");
    word.dataset.word = "stop_recording";
    drop.classList.add("recording");
    const clock = setInterval(() => say("recording_now", { s: Math.round((Date.now() - began) / 1000) }), 250);
    recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
    recorder.addEventListener("stop", () => {
      clearInterval(clock);
      for (const track of stream.getTracks()) track.stop();
      word.dataset.word = "record";
      drop.classList.remove("recording");
      say("");
      const kind = recorder.mimeType;
      recorder = null;
      upload(new Blob(parts, { type: kind }), "");
    });
    recorder.start(1000);
  }

  element.addEventListener("click", (event) => {
    const action = event.target.closest("[data-action]")?.dataset.action;
    if (action === "choose") input.click();
    if (action === "record") record();
  });
  input.addEventListener("change", () => {
    if (input.files[0]) upload(input.files[0], input.files[0].name);
    input.value = "";
  });
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.remove("over");
    });
  }
  drop.addEventListener("drop", ({ dataTransfer }) => {
    const file = dataTransfer.files[0];
    if (file) upload(file, file.name);
  });
}
