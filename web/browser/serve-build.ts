import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { answerFake } from "./fake-services.ts";

export const built = path.resolve(import.meta.dirname, "../../src/backline/front/web");

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

const FOREVER = "public, max-age=31536000, immutable";

/** The built app alone, with every unknown path answered by its page, as the box does, and fake services. */
export async function serveBuild(root = built): Promise<{ url: string; close: () => void }> {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    if (url.pathname.startsWith("/api/")) return answerFake(request, url, response);
    const file = path.join(root, path.normalize(url.pathname));
    const known = file.startsWith(root) && path.extname(file) in TYPES;
    try {
      const body = await readFile(known ? file : path.join(root, "index.html"));
      const type = TYPES[known ? path.extname(file) : ".html"] ?? "application/octet-stream";
      // A copy is made to be changed.
      const isForGood = root === built && url.pathname.startsWith("/assets/");
      const keep = isForGood ? FOREVER : "no-store";
      response.writeHead(200, { "Content-Type": type, "Cache-Control": keep }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}
