import { defineConfig } from "vitest/config";

// Real browsers against the built app; one file at a time, a browser is work enough.
export default defineConfig({
  test: {
    environment: "node",
    include: ["browser/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
});
