import type { Curve, CurvePoint } from "./harness/rows.ts";

const width = 860;
const height = 540;
const frame = { left: 84, right: 190, top: 48, bottom: 64 };

/** Told apart by people who see few colours: hues from the Okabe-Ito set, ours thicker, and each line has its name. */
const colours: Readonly<Record<string, string>> = {
  "ours, map": "#0072b2",
  "ours, submit": "#56b4e9",
  piscina: "#d55e00",
  tinypool: "#e69f00",
  workerpool: "#cc79a7",
  poolifier: "#009e73",
  sequential: "#555555",
};

/** The curve as an SVG that needs nothing: logarithmic on both axes, its own background, readable in dark and light pages. */
export function plotCurve(curve: Curve): string {
  const ideal = idealPoints(curve);
  const x = scale(extent(curve.points.map(({ length }) => length)), frame.left, width - frame.right);
  const y = scale(
    extent([...curve.points, ...ideal].map(({ cost }) => cost)),
    height - frame.bottom,
    frame.top,
  );
  const names = [...new Set(curve.points.map(({ contestant }) => contestant))];
  const series = names.map((name) => ({
    name,
    points: curve.points.filter(({ contestant }) => contestant === name),
  }));
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-labelledby="title">`,
    `<title id="title">Cost per task over task length, both logarithmic, ${curve.workers} workers</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${frame.left}" y="26" font-size="16" font-weight="600">Cost per task by length of task, ${curve.workers} workers (lower is better)</text>`,
    ...axisX(x),
    ...axisY(y),
    line(ideal, x, y, "#999", 'stroke-width="1.5" stroke-dasharray="6 5"'),
    ...series.map(({ name, points }) =>
      line(points, x, y, colourOf(name), `stroke-width="${name.startsWith("ours") ? 3 : 1.8}"`),
    ),
    ...legend([...names, "length / workers"]),
    "</svg>",
  ].join("\n")}\n`;
}

type Axis = { (value: number): number; readonly from: number; readonly to: number };

const colourOf = (name: string): string => colours[name] ?? "#999";

function idealPoints({ points, workers }: Curve): CurvePoint[] {
  const lengths = [...new Set(points.map(({ length }) => length))].sort((a, b) => a - b);
  return lengths.map((length) => ({ contestant: "ideal", kind: "baseline", length, cost: length / workers }));
}

/** The whole decades around the values. */
function extent(values: readonly number[]): readonly [number, number] {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.ceil(Math.log10(Math.max(...values)));
  return [low, Math.max(high, low + 1)];
}

function scale([from, to]: readonly [number, number], start: number, end: number): Axis {
  const place = (value: number): number => start + ((Math.log10(value) - from) / (to - from)) * (end - start);
  return Object.assign(place, { from, to });
}

function decades({ from, to }: Axis): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => 10 ** (from + at));
}

/** 1 us, 100 ms, 0.1 us ... from microseconds. */
function duration(microseconds: number): string {
  if (microseconds >= 1e6) return `${Number((microseconds / 1e6).toPrecision(3))} s`;
  if (microseconds >= 1e3) return `${Number((microseconds / 1e3).toPrecision(3))} ms`;
  return `${Number(microseconds.toPrecision(3))} µs`;
}

function axisX(x: Axis): string[] {
  const bottom = height - frame.bottom;
  return [
    ...decades(x).map((value) => {
      const at = x(value).toFixed(1);
      return `<path d="M${at} ${frame.top}V${bottom}" stroke="#e5e5e5"/><text x="${at}" y="${bottom + 20}" text-anchor="middle">${duration(value)}</text>`;
    }),
    `<text x="${(frame.left + width - frame.right) / 2}" y="${height - 16}" text-anchor="middle">length of one task</text>`,
  ];
}

function axisY(y: Axis): string[] {
  const middle = (frame.top + height - frame.bottom) / 2;
  return [
    ...decades(y).map((value) => {
      const at = y(value).toFixed(1);
      return `<path d="M${frame.left} ${at}H${width - frame.right}" stroke="#e5e5e5"/><text x="${frame.left - 8}" y="${Number(at) + 4}" text-anchor="end">${duration(value)}</text>`;
    }),
    `<text transform="translate(20 ${middle}) rotate(-90)" text-anchor="middle">cost per task</text>`,
  ];
}

function line(points: readonly CurvePoint[], x: Axis, y: Axis, colour: string, style: string): string {
  const places = [...points]
    .sort((a, b) => a.length - b.length)
    .map(({ length, cost }) => `${x(length).toFixed(1)},${y(cost).toFixed(1)}`);
  return `<polyline points="${places.join(" ")}" fill="none" stroke="${colour}" ${style}/>`;
}

function legend(names: readonly string[]): string[] {
  const left = width - frame.right + 16;
  return names.map((name, at) => {
    const top = frame.top + 14 + at * 24;
    const dashes = name === "length / workers" ? ' stroke-dasharray="6 5"' : "";
    return `<path d="M${left} ${top - 4}h26" stroke="${colourOf(name)}" stroke-width="3"${dashes}/><text x="${left + 34}" y="${top}">${name}</text>`;
  });
}
