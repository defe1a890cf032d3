import { cp } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { VitePWA } from "vite-plugin-pwa";
import { pwa } from "./pwa.config.ts";

const outDir = path.resolve(import.meta.dirname, "../src/backline/front/web");

/** The API reference is served offline, from the same origin: Swagger UI is copied, never fetched. */
function swaggerUi(): Plugin {
  const files = [
    "swagger-ui-bundle.js",
    "swagger-ui.css",
    "oauth2-redirect.html",
    "oauth2-redirect.js",
  ];
  return {
    name: "swagger-ui",
    apply: "build",
    async closeBundle() {
      const root = path.dirname(
        createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"),
      );
      await Promise.all(
        files.map((file) => cp(path.join(root, file), path.join(outDir, "docs-assets", file))),
      );
    },
  };
}

// `npm run dev` talks to a running box.
const box = process.env.BACKLINE_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react(), swaggerUi(), VitePWA(pwa)],
  resolve: { alias: { "@": path.resolve(import.meta.dirname, "src") } },
  build: {
    outDir,
    emptyOutDir: true,
    target: "es2022",
    manifest: true,
    reportCompressedSize: true,
  },
  server: { proxy: { "/api": { target: box, ws: true, changeOrigin: true } } },
});
