/**
 * What runs in the page. It draws the timeline and the throughput; what is drawn stands in the tables as text, too. A report
 * has its data in it. The dashboard's page has none: it listens, and puts what comes into its place as text, never as HTML.
 */
export const pageScript = `
const find = (id) => document.getElementById(id);
const timeline = find("timeline"), rate = find("throughput");
const rowHeight = 22, mostShown = 20000;
let began = 0, whole = 1, segments = [], rows = new Map(), colours = new Map(), from = 0, length = 1;

function take(data) {
  const all = length === whole;
  ({ began, segments } = data);
  whole = Math.max(1, data.ended - began);
  if (all) { from = 0; length = whole; }
  rows = new Map([...new Set(segments.map((one) => one.workerId))].sort((a, b) => a - b).map((id, at) => [id, at]));
  const names = [...new Set(segments.map((one) => one.function))];
  colours = new Map(names.map((name, at) => [name, "hsl(" + (40 + ((160 + at * 137.5) % 280)) + " 60% 50%)"]));
  find("legend").replaceChildren(...names.slice(0, 30).map((name) => {
    const item = document.createElement("li"), swatch = document.createElement("span");
    swatch.style.background = colours.get(name);
    item.append(swatch, name);
    return item;
  }));
  draw();
}

function prepare(canvas, height) {
  const scale = window.devicePixelRatio || 1, width = canvas.clientWidth || 800;
  canvas.width = width * scale; canvas.height = height * scale; canvas.style.height = height + "px";
  const paint = canvas.getContext("2d");
  paint.scale(scale, scale);
  return [paint, width];
}

function draw() {
  const [paint, width] = prepare(timeline, rowHeight * Math.max(1, rows.size) + 4);
  const buckets = new Array(100).fill(0);
  for (const one of segments) {
    const start = one.from - began - from, end = one.to - began - from;
    const at = Math.floor((end / length) * 100);
    if (at >= 0 && at < 100) buckets[at] += one.calls;
    if (start > length || end < 0) continue;
    paint.fillStyle = one.failed > 0 ? "#d33" : colours.get(one.function);
    paint.fillRect((start / length) * width, rows.get(one.workerId) * rowHeight + 3, Math.max(1, ((end - start) / length) * width), rowHeight - 4);
  }
  const [line, across] = prepare(rate, 80);
  const most = Math.max(1, ...buckets);
  line.fillStyle = "#4a8";
  buckets.forEach((calls, at) => line.fillRect((at * across) / 100, 78 - (calls / most) * 74, across / 100 - 1, (calls / most) * 74));
  find("shown").textContent = "Shown: " + from.toFixed(1) + " to " + (from + length).toFixed(1) + " ms; at most " +
    Math.round((Math.max(...buckets) / length) * 100000) + " calls per second.";
}

function move(steps, zoom) {
  const middle = from + length / 2;
  length = Math.min(whole, Math.max(0.01, length * zoom));
  from = Math.max(0, Math.min(whole - length, middle - length / 2 + length * steps));
  draw();
}
const moves = { ArrowLeft: [-0.1, 1], ArrowRight: [0.1, 1], "+": [0, 0.5], "-": [0, 2] };
timeline.addEventListener("keydown", (event) => {
  if (moves[event.key] === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  move(...moves[event.key]);
});
for (const [id, key] of [["earlier", "ArrowLeft"], ["later", "ArrowRight"], ["closer", "+"], ["wider", "-"]])
  find(id).addEventListener("click", () => move(...moves[key]));
timeline.addEventListener("mousemove", (event) => {
  const time = began + from + (event.offsetX / timeline.clientWidth) * length;
  const row = Math.floor((event.offsetY - 3) / rowHeight);
  const one = segments.find((each) => each.from <= time && each.to >= time && rows.get(each.workerId) === row);
  timeline.title = one === undefined ? "" : one.function + ": " + one.calls + " calls, " + one.failed + " failed, " +
    (one.to - one.from).toFixed(3) + " ms on worker " + one.workerId;
});
window.addEventListener("resize", draw);

function element(tag, text) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  return made;
}
function tableOf({ caption, heads, rows }) {
  const table = element("table"), head = element("thead"), body = element("tbody"), top = element("tr");
  top.append(...heads.map((text) => { const cell = element("th", text); cell.scope = "col"; return cell; }));
  head.append(top);
  body.append(...rows.map((cells) => { const row = element("tr"); row.append(...cells.map((text) => element("td", text))); return row; }));
  table.append(element("caption", caption), head, body);
  return table;
}
function show({ summary, verdicts, note, tables }) {
  find("summary").textContent = summary;
  find("verdicts").replaceChildren(...verdicts.map((text) => element("li", text)));
  find("note").textContent = note;
  find("tables").replaceChildren(...tables.map(tableOf));
}

const data = find("data");
if (data !== null) take(JSON.parse(data.textContent));
else {
  const source = new EventSource("events");
  source.addEventListener("message", (event) => {
    const { content, began, ended, fresh, segments: newer } = JSON.parse(event.data);
    show(content);
    take({ began, ended, segments: (fresh ? newer : segments.concat(newer)).slice(-mostShown) });
    find("state").textContent = "Live.";
  });
  source.addEventListener("error", () => {
    source.close();
    find("state").textContent = "The connection has ended: these are the last numbers that came.";
  });
}
`;
