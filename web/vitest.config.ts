import path from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// A page to render into takes seconds to make: only tests that need one get it.
const needPage = ["src/**/*.test.tsx", "src/api/*.test.ts", "src/lib/lock.test.ts"];

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": path.resolve(import.meta.dirname, "src") } },
  test: {
    sequence: { shuffle: true },
    restoreMocks: true,
    testTimeout: 30_000, // for busy machines; nothing here waits on purpose
    projects: [
      {
        extends: true,
        test: {
          name: "page",
          environment: "jsdom",
          include: needPage,
          setupFiles: ["src/testing/setup.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "plain",
          environment: "node",
          include: ["src/**/*.test.ts"],
          exclude: needPage,
          isolate: false,
        },
      },
    ],
  },
});
