// A short notice of what was done, with a way back while it stands.
import { toast } from "./toast.js";

const SHOWN_MS = 10_000; // of one that can be undone
let last = -1; // the revision that was told of last

export function notice({ watch, props }) {
  const show = () => {
    const { key, values, can_undo: canUndo, revision } = props.value || {};
    if (!key || revision === last) return;
    last = revision;
    const undo = () => document.getElementById("undo").click();
    toast(key, values, canUndo ? { ms: SHOWN_MS, act: "undo", press: undo } : {});
  };
  watch("value", show);
}
