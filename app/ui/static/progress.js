// The progress of a job: a bar, what is being done, and how long it may take.
let state = "idle";
let job = 0; // the number of the last
let cancelled = 0; // one whose last news may still come

export const jobRuns = () => state === "working";

// What is wrong with a field stands under it, until the field is changed or something else is begun.
function tellAt(field, html) {
  const told = document.createElement("div");
  told.className = "at-field";
  told.id = `${field.id}-fault`;
  told.innerHTML = html;
  field.after(told);
  const input = field.querySelector("textarea, input");
  input?.setAttribute("aria-invalid", "true");
  input?.setAttribute("aria-describedby", told.id);
  field.addEventListener("input", forget, { once: true });
}

function forget() {
  for (const told of document.querySelectorAll(".at-field")) told.remove();
  document.querySelectorAll("[aria-invalid][aria-describedby$=-fault]").forEach((input) => {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  });
}

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
    const field = value.field && document.getElementById(value.field);
    forget();
    if (field?.offsetParent) tellAt(field, value.html);
    said.innerHTML = field?.offsetParent ? "" : value.html || "";
    document.dispatchEvent(new CustomEvent("editx:job", { detail: state }));
  };
  document.addEventListener("editx:revision", forget); // what was lacking may be there now
  watch("value", show);
  show();
}
