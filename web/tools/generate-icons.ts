// Makes the pictures that phones put on their home screen out of public/icon.svg:
// node tools/generate-icons.ts
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { launch } from "../browser/chromium.ts";

const folder = path.resolve(import.meta.dirname, "../public");
const svg = readFileSync(path.join(folder, "icon.svg"), "utf8");
/** Phones cut a maskable icon to their own shape: the ground reaches the edges, the mark stays inside. */
const maskable = svg
  .replace(' rx="8"', "")
  .replace("<path ", '<path transform="translate(1.4 1.4) scale(.9)" ');

const ICONS: [file: string, source: string, size: number][] = [
  ["icon-192.png", svg, 192],
  ["icon-512.png", svg, 512],
  ["icon-maskable-192.png", maskable, 192],
  ["icon-maskable-512.png", maskable, 512],
  ["apple-touch-icon.png", maskable, 180],
];

const browser = await launch();
for (const [file, source, size] of ICONS) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const picture = `data:image/svg+xml;base64,${Buffer.from(source).toString("base64")}`;
  await page.setContent(
    `<body style="margin:0"><img width="${size}" height="${size}" src="${picture}">`,
  );
  await page.locator("img").evaluate((image: HTMLImageElement) => image.decode());
  writeFileSync(path.join(folder, file), await page.screenshot({ omitBackground: true }));
  await page.close();
}
await browser.close();
