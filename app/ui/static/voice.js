// Recordings come in: from files, by dropping anywhere on the page, or from the microphone.
import { openTab } from "./takes.js";
import { uploads } from "./uploads.js";
import { span } from "./words.js";

export function voiceInput({ element, trigger }) {
  const drop = element.querySelector(".drop");
  const input = element.querySelector("input[type=file]");
  const recordButton = element.querySelector("[data-action=record]");
  let recorder = null;
  const sent = uploads({
    status: element.querySelector(".status"),
    trouble: element.querySelector(".trouble"),
    limitMb: drop.dataset.limitMb,
    arrived: (take, isFirst) => {
      if (isFirst) trigger("upload", { take });
      else document.dispatchEvent(new Event("editx:refresh"));
    },
  });
  const bring = (files) => sent.add([...files].map((file) => ({ blob: file, name: file.name })));

  async function record() {
    if (recorder) return recorder.stop();
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      return sent.fail(span("error_no_microphone"));
    }
    const parts = [];
    const began = Date.now();
    recorder = new MediaRecorder(stream);
    const word = recordButton.querySelector("[data-word]");
    word.dataset.word = "stop_recording";
    drop.classList.add("recording");
    const clock = setInterval(() => sent.say("recording_now", { s: Math.round((Date.now() - began) / 1000) }), 250);
    recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
    recorder.addEventListener("stop", () => {
      clearInterval(clock);
      for (const track of stream.getTracks()) track.stop();
      word.dataset.word = "record";
      drop.classList.remove("recording");
      sent.say("");
      const kind = recorder.mimeType;
      recorder = null;
      sent.add([{ blob: new Blob(parts, { type: kind }), name: "" }]);
    });
    recorder.start(1000);
  }

  element.addEventListener("click", (event) => {
    const action = event.target.closest("[data-action]")?.dataset.action;
    if (action === "choose") input.click();
    if (action === "record") record();
  });
  input.addEventListener("change", () => {
    bring(input.files);
    input.value = "";
  });
  addEventListener("beforeunload", (event) => recorder && event.preventDefault());

  // A file that is dropped beside the box would otherwise take the page's place.
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  const mark = (isOver) => drop.classList.toggle("over", isOver);
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(true);
  });
  document.addEventListener("dragleave", ({ relatedTarget }) => relatedTarget || mark(false));
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(false);
    openTab("studio");
    bring(event.dataTransfer.files);
  });
}
