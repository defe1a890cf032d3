import { mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { build } from "vite";
import { launch } from "./chromium.ts";
import { measure, type Worst } from "./long-list.ts";
import { serveBuild } from "./serve-build.ts";

// Prints one line of JSON: per round the longest task of the app and of the plain list.
const rounds = Number(process.argv[2] ?? 3);
const web = path.resolve(import.meta.dirname, "..");
const outDir = await mkdtemp("/tmp/backline-long-list-");
await build({
  configFile: false,
  root: path.join(import.meta.dirname, "long-list-plain"),
  resolve: { alias: { "@": path.join(web, "src") } },
  build: { outDir, emptyOutDir: true, target: "es2022" },
  logLevel: "silent",
});
const browser = await launch();
const ours = await serveBuild();
const plain = await serveBuild(outDir);
const measured: { ours: Worst[]; reference: Worst[] } = { ours: [], reference: [] };
for (let round = 0; round < rounds; round += 1) {
  measured.ours.push(await measure(browser, ours.url));
  measured.reference.push(await measure(browser, plain.url));
}
await browser.close();
ours.close();
plain.close();
await rm(outDir, { recursive: true });
console.log(JSON.stringify(measured));
