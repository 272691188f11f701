// Timers of a worker go on in a tab that nobody sees, where those of the page stop for a minute and more.
addEventListener("message", ({ data: [number, ms] }) => setTimeout(() => postMessage(number), ms));
