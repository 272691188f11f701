// Questions to the user, as dialogs of the page: yes or no, or one line of text.
import { span } from "./words.js";

function ask(question, input) {
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
      ["no", "no"],
      ["yes", "yes"],
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

export const confirmed = (key, values) => ask(span(key, values));

export async function askedText(key, value) {
  const input = document.createElement("input");
  input.value = value;
  input.maxLength = 80;
  return (await ask(span(key), input)) ? input.value : null;
}
