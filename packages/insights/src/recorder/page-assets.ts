/** The page's style: plain, in light and dark, with contrast above 4.5 to 1. */
export const pageStyle = `
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { padding: .2rem .8rem .2rem 0; text-align: right; border-bottom: 1px solid #8886; }
th:first-child, td:first-child, td.text, th.text { text-align: left; }
canvas { width: 100%; display: block; border: 1px solid #8886; }
canvas:focus { outline: 2px solid Highlight; }
.note { opacity: .85; }
`;

/**
 * Draws the timeline and the throughput from the data in the page. What is drawn stands in the tables as text, too. The
 * arrow keys move along the timeline, + and - change its scale.
 */
export const pageScript = `
const data = JSON.parse(document.getElementById("data").textContent);
const { began, ended, segments } = data;
const workers = [...new Set(segments.map((one) => one.workerId))].sort((a, b) => a - b);
const names = [...new Set(segments.map((one) => one.function))];
const whole = Math.max(1, ended - began);
let from = 0, length = whole;
const row = 22;
const timeline = document.getElementById("timeline"), rate = document.getElementById("throughput");
const here = document.getElementById("here");
function prepare(canvas, height) {
  const scale = window.devicePixelRatio || 1, width = canvas.clientWidth || 800;
  canvas.width = width * scale; canvas.height = height * scale; canvas.style.height = height + "px";
  const paint = canvas.getContext("2d");
  paint.scale(scale, scale);
  return [paint, width];
}
function colour(name) { return "hsl(" + (names.indexOf(name) * 137.5) % 360 + " 60% 50%)"; }
function draw() {
  const [paint, width] = prepare(timeline, row * workers.length + 4);
  for (const one of segments) {
    const x = ((one.from - began - from) / length) * width, w = ((one.to - one.from) / length) * width;
    if (x > width || x + w < 0) continue;
    paint.fillStyle = one.failed > 0 ? "#d33" : colour(one.function);
    paint.fillRect(x, workers.indexOf(one.workerId) * row + 3, Math.max(1, w), row - 4);
  }
  const [line, across] = prepare(rate, 80);
  const buckets = new Array(100).fill(0);
  for (const one of segments) {
    const at = Math.floor(((one.to - began - from) / length) * 100);
    if (at >= 0 && at < 100) buckets[at] += one.calls;
  }
  const most = Math.max(1, ...buckets);
  line.fillStyle = "#4a8";
  buckets.forEach((calls, at) => line.fillRect((at * across) / 100, 78 - (calls / most) * 74, across / 100 - 1, (calls / most) * 74));
  here.textContent = "Shown: " + from.toFixed(1) + " to " + (from + length).toFixed(1) + " ms; at most " +
    Math.round((most / length) * 100000) + " calls per second.";
}
timeline.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -0.1, ArrowRight: 0.1 }[event.key];
  const zoom = { "+": 0.5, "-": 2 }[event.key];
  if (step === undefined && zoom === undefined) return;
  event.preventDefault();
  if (zoom !== undefined) {
    const middle = from + length / 2;
    length = Math.min(whole, Math.max(0.01, length * zoom));
    from = middle - length / 2;
  } else from += length * step;
  from = Math.max(0, Math.min(whole - length, from));
  draw();
});
window.addEventListener("resize", draw);
draw();
`;
