// Pictures of takes: spectrogram and pitch, drawn on canvas from what the service computed once per take.
const LEFT = 44; // pixels around the plot, also in studio.css (--plot-left, --plot-right)
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 28;
const TICK = 4;
const FONT = "11px system-ui, sans-serif";
const MAX_HZ = 8000;
const PITCH_HZ = [60, 600];
const PITCH_TICKS_HZ = [75, 100, 150, 200, 300, 400, 600];
const KHZ_TICKS = [0, 2, 4, 6, 8];
// From dark to bright, evenly spaced: levels are read by lightness, in both themes.
const COLOURS = ["#000004", "#1d1147", "#51127c", "#832681", "#b73779", "#e75263", "#fc8961", "#fec488", "#fcfdbf"];

const fetched = new Map(); // take -> promise of its picture; the browser's own cache outlives the page

function pictureOf(take) {
  if (!fetched.has(take)) {
    const asking = fetch(`./page/takes/${take}/picture`).then((answer) => {
      if (!answer.ok) throw new Error(`${answer.status}`);
      return answer.json();
    });
    asking.catch(() => fetched.delete(take));
    fetched.set(take, asking);
  }
  return fetched.get(take);
}

// 256 colours as [red, green, blue].
const palette = Array.from({ length: 256 }, (_, level) => {
  const place = (level / 255) * (COLOURS.length - 1);
  const below = Math.min(Math.floor(place), COLOURS.length - 2);
  const channel = (colour, n) => Number.parseInt(colour.slice(1 + 2 * n, 3 + 2 * n), 16);
  return [0, 1, 2].map((n) => {
    const from = channel(COLOURS[below], n);
    return Math.round(from + (place - below) * (channel(COLOURS[below + 1], n) - from));
  });
});

function spectrogramImage({ n_rows: nRows, n_frames: nFrames, levels }) {
  const bytes = atob(levels);
  const image = new ImageData(nFrames, nRows);
  for (let row = 0; row < nRows; row += 1) {
    for (let frame = 0; frame < nFrames; frame += 1) {
      const pixel = 4 * ((nRows - 1 - row) * nFrames + frame); // the lowest row is at the foot
      image.data.set(palette[bytes.charCodeAt(row * nFrames + frame)], pixel);
      image.data[pixel + 3] = 255;
    }
  }
  const canvas = new OffscreenCanvas(nFrames, nRows);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// About six round steps of time for the width there is.
function timeStep(spanS, width) {
  const wished = spanS / Math.max(2, Math.min(8, width / 70));
  const magnitude = 10 ** Math.floor(Math.log10(wished));
  return [1, 2, 5, 10].map((n) => n * magnitude).find((step) => step >= wished);
}

function area(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  return { x: LEFT, y: TOP, width: width - LEFT - RIGHT, height: height - TOP - BOTTOM };
}

function drawAxes(pen, plot, spanS, ticks, unit, colours) {
  pen.font = FONT;
  pen.fillStyle = pen.strokeStyle = colours.ink;
  pen.lineWidth = 1;
  pen.strokeRect(plot.x, plot.y, plot.width, plot.height);
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const [share, text] of ticks) {
    const y = plot.y + plot.height * (1 - share);
    pen.fillRect(plot.x - TICK, y - 0.5, TICK, 1);
    pen.fillText(text, plot.x - TICK - 3, y);
  }
  pen.textAlign = "center";
  pen.textBaseline = "top";
  const foot = plot.y + plot.height;
  const step = timeStep(spanS, plot.width);
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  for (let n = 0; n * step <= spanS * 1.0001; n += 1) {
    const x = plot.x + (plot.width * n * step) / spanS;
    if (x > plot.x + plot.width - 14) break; // the unit stands there
    pen.fillRect(x - 0.5, foot, 1, TICK);
    pen.fillText((n * step).toFixed(digits), x, foot + TICK + 2);
  }
  pen.textAlign = "right";
  pen.fillText("s", plot.x + plot.width, foot + TICK + 2);
  pen.textAlign = "left";
  pen.fillText(unit, 0, foot + TICK + 2);
}

function drawSpectrogram(pen, plot, data, spanS, colours) {
  const { row_hz: rowHz, frame_s: frameS, n_frames: nFrames, n_rows: nRows } = data.spectrogram;
  data.image ??= spectrogramImage(data.spectrogram);
  const width = (plot.width * Math.min(nFrames * frameS, data.duration_s)) / spanS;
  const height = (plot.height * nRows * rowHz) / MAX_HZ;
  pen.drawImage(data.image, plot.x, plot.y + plot.height - height, width, height);
  const ticks = KHZ_TICKS.map((khz) => [(1000 * khz) / MAX_HZ, `${khz}`]);
  drawAxes(pen, plot, spanS, ticks, "kHz", colours);
}

function drawPitch(pen, plot, data, spanS, colours) {
  const [low, high] = PITCH_HZ.map(Math.log);
  const shareOf = (hz) => (Math.log(hz) - low) / (high - low);
  const ticks = PITCH_TICKS_HZ.map((hz) => [shareOf(hz), `${hz}`]);
  pen.fillStyle = colours.line;
  for (const [share] of ticks) pen.fillRect(plot.x, plot.y + plot.height * (1 - share) - 0.5, plot.width, 1);
  pen.save();
  pen.beginPath();
  pen.rect(plot.x, plot.y, plot.width, plot.height);
  pen.clip();
  pen.strokeStyle = colours.accent;
  pen.lineWidth = 2;
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  const { point_s: pointS, f0_hz: f0Hz } = data.pitch;
  f0Hz.forEach((hz, n) => {
    if (!hz) return; // a gap where there is no voice
    const x = plot.x + (plot.width * n * pointS) / spanS;
    const y = plot.y + plot.height * (1 - shareOf(hz));
    if (f0Hz[n - 1]) pen.lineTo(x, y);
    else {
      pen.moveTo(x, y);
      pen.lineTo(x + 0.1, y); // a point alone is seen, too
    }
  });
  pen.stroke();
  pen.restore();
  drawAxes(pen, plot, spanS, ticks, "Hz", colours);
}

const draw = { spectrogram: drawSpectrogram, pitch: drawPitch };

async function show(canvas) {
  const { kind, take, spanS } = canvas.dataset;
  let data;
  try {
    data = await pictureOf(take);
  } catch {
    return; // the take is gone: the next revision draws others
  }
  const { width, height } = canvas.getBoundingClientRect();
  if (width <= LEFT + RIGHT) return; // not seen now
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  const pen = canvas.getContext("2d");
  pen.scale(devicePixelRatio, devicePixelRatio);
  const look = getComputedStyle(canvas);
  const colour = (name) => look.getPropertyValue(name);
  const colours = { ink: colour("--soft"), line: colour("--line"), accent: colour("--accent-ink") };
  draw[kind](pen, area(canvas), data, Number(spanS), colours);
  canvas.dataset.drawn = take;
}

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) if (target.isConnected) show(target);
});

// Draw the canvases in a box as soon as they are seen, and again with every change of size.
export function showPictures(box) {
  sizes.disconnect();
  for (const canvas of box.querySelectorAll("canvas[data-kind]")) sizes.observe(canvas);
}

export function redrawPictures(box) {
  for (const canvas of box.querySelectorAll("canvas[data-kind]")) show(canvas);
}
