// What events have come to, asked for again and again. A browser has six connections to a service for all its tabs, so
// that a stream which stays open, as Gradio's does, would keep a sixth tab from loading.
(() => {
  const STREAM = "/gradio_api/queue/data";
  const JOIN = "/gradio_api/queue/join";
  const CLOSE = 'data: {"msg":"close_stream"'; // the service's last word, when no event of the reader is under way
  const SOONEST_MS = 50; // between one question and the next, longer while there is no news
  const LATEST_MS = 300;
  const PATIENCE_MS = 8000; // without an answer of the service
  const send = window.fetch;
  const reading = new Set(); // of whom this tab asks
  const heard = new Map(); // reader -> the number of the last answer that came
  let nJoining = 0; // events that are on their way to the service
  let nJoined = 0;
  const clock = new Worker(new URL("./page/static/clock.js", document.baseURI));
  const alarms = new Map();
  let nAlarms = 0;

  clock.addEventListener("message", ({ data }) => {
    alarms.get(data)();
    alarms.delete(data);
  });
  editx.pause = (ms) =>
    new Promise((resolve) => {
      nAlarms += 1;
      alarms.set(nAlarms, resolve);
      clock.postMessage([nAlarms, ms]);
    });

  const encoded = (text) => new TextEncoder().encode(text);
  const LOST = encoded(
    `data: ${JSON.stringify({ msg: "unexpected_error", message: "", session_not_found: true, success: false })}\n\n`,
  );

  async function read(reader, signal, stream) {
    let waitMs = SOONEST_MS;
    let heardAt = performance.now();
    while (!signal?.aborted) {
      try {
        const nBefore = nJoined + nJoining;
        const answer = await send(`./page/news/${reader}?after=${heard.get(reader) ?? 0}`, { signal });
        if (answer.status === 404) return stream.enqueue(LOST);
        if (!answer.ok) throw new Error(`${answer.status}`);
        heardAt = performance.now();
        let news = await answer.text();
        heard.set(reader, Number(answer.headers.get("x-editx-answer"))); // one that is lost on its way is told again
        const at = news.lastIndexOf(CLOSE);
        const isOver = at >= 0 && !nJoining && nJoined === nBefore; // else it did not know of the newest event
        if (at >= 0 && !isOver) news = news.slice(0, at);
        if (news) stream.enqueue(encoded(news));
        if (isOver) return;
        waitMs = news ? SOONEST_MS : Math.min(1.5 * waitMs, LATEST_MS);
      } catch (error) {
        if (signal?.aborted || performance.now() - heardAt > PATIENCE_MS) throw error;
      }
      await editx.pause(waitMs);
    }
  }

  window.fetch = async (asked, options = {}) => {
    const address = new URL(asked instanceof Request ? asked.url : asked, document.baseURI);
    if (address.pathname.endsWith(JOIN)) {
      nJoining += 1;
      return send(asked, options).finally(() => {
        nJoining -= 1;
        nJoined += 1;
      });
    }
    if (!address.pathname.endsWith(STREAM)) return send(asked, options);
    const reader = address.searchParams.get("session_hash");
    const body = new ReadableStream({
      async start(stream) {
        reading.add(reader);
        try {
          await read(reader, options.signal, stream);
          stream.close();
        } catch (error) {
          stream.error(error);
        } finally {
          reading.delete(reader);
        }
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };

  // A tab that is closed stops its job.
  addEventListener("pagehide", () => {
    for (const reader of reading) send(`./page/news/${reader}/leave`, { method: "POST", keepalive: true });
  });
})();
