import { spawn } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import path from "node:path";

export interface Sound {
  file: string;
  title: string;
  artist: string;
  seconds: number;
  broken?: boolean;
}

const root = path.resolve(import.meta.dirname, "../..");

/** Real sound files, made on the spot; their paths in the same order. */
export async function makeSounds(sounds: Sound[]): Promise<string[]> {
  const folder = await mkdtemp("/tmp/backline-sounds-");
  const child = spawn(path.join(root, ".venv/bin/python"), ["-m", "tests.browser.sounds", folder], {
    cwd: root,
    stdio: ["pipe", "ignore", "inherit"],
  });
  child.stdin.end(JSON.stringify(sounds));
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  if (code !== 0) throw new Error("The sounds could not be made.");
  return sounds.map(({ file }) => path.join(folder, file));
}
