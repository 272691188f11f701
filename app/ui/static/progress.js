// The progress of a job: a bar, what is being done, and how long it may take.
let state = "idle";

export const jobRuns = () => state === "working";

export function progress({ element, watch, props }) {
  const box = element.querySelector(".progress");
  const bar = box.querySelector(".bar");
  const said = box.querySelector(".said");
  const show = () => {
    const value = props.value || {};
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
