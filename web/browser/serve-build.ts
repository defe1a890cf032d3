import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";

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

/** The built app alone, with every unknown path answered by its page, as the box does. */
export async function serveBuild(root = built): Promise<{ url: string; close: () => void }> {
  const server = createServer(async (request, response) => {
    const wanted = new URL(request.url ?? "/", "http://localhost").pathname;
    const file = path.join(root, path.normalize(wanted));
    const known = file.startsWith(root) && path.extname(file) in TYPES;
    try {
      const body = await readFile(known ? file : path.join(root, "index.html"));
      const type = TYPES[known ? path.extname(file) : ".html"] ?? "application/octet-stream";
      response.writeHead(200, { "Content-Type": type }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}
