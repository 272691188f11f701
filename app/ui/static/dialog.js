// Questions to the user, as dialogs of the page: yes or no, or one line of text.
import { span } from "./words.js";

// `act` is the key of what is done, which the button names.
function ask(question, act, input) {
  return new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    dialog.className = "editx-dialog";
    const form = document.createElement("form");
    form.method = "dialog";
    const heading = document.createElement("p");
    heading.append(question);
    form.append(heading);
    if (input) {
      heading.id = "editx-question";
      input.setAttribute("aria-labelledby", heading.id);
      form.append(input);
    }
    const buttons = document.createElement("div");
    buttons.className = "buttons";
    for (const [value, key] of [
      ["no", "dialog_cancel"],
      ["yes", act],
    ]) {
      const button = document.createElement("button");
      button.value = value;
      button.append(span(key));
      if (value === "yes") button.className = "primary";
      else {
        button.type = "button";
        button.addEventListener("click", () => dialog.close("no"));
      }
      buttons.append(button);
    }
    form.append(buttons);
    dialog.append(form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

export const confirmed = (key, act, values) => ask(span(key, values), act);

export async function askedText(key, act, value) {
  const input = document.createElement("input");
  input.value = value;
  input.maxLength = 80;
  return (await ask(span(key), act, input)) ? input.value : null;
}
