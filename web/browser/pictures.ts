import { spawn } from "node:child_process";
import path from "node:path";
import type { Page } from "playwright-core";

const root = path.resolve(import.meta.dirname, "../..");
const folder = path.join(root, "docs/pictures");

/** Takes a picture of what is in view, as WebP beside the documentation. */
export async function picture(page: Page, name: string): Promise<void> {
  const file = path.join(folder, `${name}.png`);
  await page.screenshot({ animations: "disabled", path: file });
  await asWebp(file);
}

async function asWebp(file: string): Promise<void> {
  const script = [
    "import sys; from pathlib import Path; from PIL import Image",
    "png = Path(sys.argv[1]); image = Image.open(png).convert('RGB')",
    "image.save(png.with_suffix('.webp'), quality=84, method=6); png.unlink()",
  ].join("\n");
  const python = path.join(root, ".venv/bin/python");
  const child = spawn(python, ["-c", script, file], { stdio: ["ignore", "ignore", "inherit"] });
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  if (code !== 0) throw new Error(`${file} could not be made smaller.`);
}
