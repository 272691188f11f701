// The progress of a job: a bar, what is being done, and how long it may take.
let state = "idle";
let job = 0; // the number of the last
let cancelled = 0; // one whose last news may still come

export const jobRuns = () => state === "working";

export function progress({ element, watch, props }) {
  const box = element.querySelector(".progress");
  const bar = box.querySelector(".bar");
  const said = box.querySelector(".said");
  const show = () => {
    const value = props.value || {};
    if (value.state === "cancelled") cancelled = job;
    else if (value.job && value.job === cancelled) return;
    job = value.job || job;
    state = value.state || "idle";
    document.body.dataset.job = state;
    box.hidden = state === "idle";
    box.className = `progress ${state}`;
    const percent = Math.round(100 * (value.share || 0));
    bar.hidden = state !== "working";
    bar.setAttribute("aria-valuenow", percent);
    bar.firstElementChild.style.width = `${percent}%`;
    said.innerHTML = value.html || "";
    document.dispatchEvent(new CustomEvent("editx:job", { detail: state }));
  };
  watch("value", show);
  show();
}
