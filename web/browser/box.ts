import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";

const python = path.resolve(import.meta.dirname, "../../.venv/bin/python");
const READY_WITHIN_MS = 90_000;

export interface Box {
  url: string;
  data: string;
  /** An account of any role, made by the command line. */
  createUser: (name: string, role: string, displayName: string) => Promise<void>;
  /** Stops it in good order, and starts it again with the same data at the same address. */
  restart: () => Promise<void>;
  /** The one-time link that makes the first admin, as the terminal shows it. */
  setupLink: () => Promise<string>;
  /** Holds one of its processes still, as an overloaded machine would; the result lets it go. */
  freeze: (name: string) => Promise<() => void>;
  stop: () => Promise<void>;
}

export const PASSWORD = "a long enough sentence";

/** A whole box of its own: free port, empty data directory, a player without a sound device. */
export async function startBox(): Promise<Box> {
  const data = await mkdtemp("/tmp/backline-browser-");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const environment = {
    ...process.env,
    BACKLINE_SERVICE_PORTS: "off",
    PLAYER_DRIVER: "miniaudio",
    PLAYER_OUTPUT: "null",
  };
  let running = await up(data, port, url, environment);
  return {
    url,
    data,
    createUser: (name, role, displayName) =>
      run(
        ["users", "create", name, "--role", role, "--display-name", displayName, "--data", data],
        environment,
      ),
    async restart() {
      await running.stop();
      running = await up(data, port, url, environment);
    },
    async freeze(name) {
      const state = JSON.parse(await readFile(path.join(data, "run/state.json"), "utf8")) as {
        processes: { name: string; pid: number }[];
      };
      const pid = state.processes.find((one) => one.name === name)?.pid;
      if (pid === undefined) throw new Error(`The box has no process ${name}.`);
      process.kill(pid, "SIGSTOP");
      return () => process.kill(pid, "SIGCONT");
    },
    async setupLink() {
      const link = () => /http\S+\/setup\?token=\S+/.exec(running.said())?.[0];
      const deadline = Date.now() + READY_WITHIN_MS;
      while (link() === undefined && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const said = link();
      if (said === undefined) throw new Error(`The box made no link:\n${running.said()}`);
      return said;
    },
    async stop() {
      await running.stop();
      await rm(data, { recursive: true, force: true });
    },
  };
}

interface Running {
  /** What it has printed until now. */
  said: () => string;
  stop: () => Promise<void>;
}

/** Starts a box and waits until it is ready. */
async function up(
  data: string,
  port: number,
  url: string,
  env: NodeJS.ProcessEnv,
): Promise<Running> {
  const child = spawn(python, ["-m", "backline", "up", "--data", data, "--port", String(port)], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const listen = (chunk: Buffer) => {
    said += chunk.toString();
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  let alive = true;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve())).then(() => {
    alive = false;
  });
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await isReady(url))) {
    if (!alive || Date.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`The box did not start:\n${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return {
    said: () => said,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/ready`)).ok;
  } catch {
    return false;
  }
}

async function run(args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(python, ["-m", "backline", ...args, "--password-stdin"], {
    env,
    stdio: ["pipe", "ignore", "pipe"],
  });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  child.stdin.end(`${PASSWORD}\n`);
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  if (code !== 0) throw new Error(`backline ${args.join(" ")}: ${complaint}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("No free port.");
  return address.port;
}
