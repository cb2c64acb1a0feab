import type { Page } from "playwright-core";

/** Runs in the page: the contrast of each text with what is behind it, by WCAG's formula. */
const script = `(() => {
  const canvas = document.createElement("canvas"), paint = canvas.getContext("2d", { willReadFrequently: true });
  // In the document, so that system colours are those of its scheme.
  document.body.append(canvas);
  const channels = (colour, under) => {
    paint.clearRect(0, 0, 1, 1);
    if (under) { paint.fillStyle = under; paint.fillRect(0, 0, 1, 1); }
    paint.fillStyle = colour;
    paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => [r, g, b]
    .map((one) => one / 255)
    .map((one) => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (element) => {
    for (let one = element; one !== null; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (channels(colour)[3] > 0) return colour;
    }
    return "Canvas";
  };
  return [...document.body.querySelectorAll("*")]
    .filter((one) => !["SCRIPT", "STYLE"].includes(one.tagName))
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ""))
    .map((one) => {
      const [text, ground] = [getComputedStyle(one).color, behind(one)];
      const [a, b] = [luminance(channels(text, ground)), luminance(channels(ground))];
      return { text: one.textContent.slice(0, 30), ratio: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) };
    });
})()`;

/** The contrast of each text of a page. */
export function contrasts(page: Page): Promise<{ readonly text: string; readonly ratio: number }[]> {
  return page.evaluate(script);
}
