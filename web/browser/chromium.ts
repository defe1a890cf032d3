import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const PLACES = [
  process.env["CHROMIUM"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/google-chrome",
];

/** The browser of this machine, if it has one that the tests can drive. */
export const chromiumPath: string | undefined = PLACES.find((path) => path && existsSync(path));

export async function launch(): Promise<Browser> {
  if (chromiumPath === undefined)
    throw new Error("There is no Chromium; set CHROMIUM to its path.");
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
