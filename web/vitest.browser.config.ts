import { configDefaults, defineConfig } from "vitest/config";

// Real browsers against the built app. Each file has its own box, so that two can run at a time;
// more would only wait for each other.
export default defineConfig({
  test: {
    environment: "node",
    include: ["browser/**/*.test.ts"],
    // The tour makes pictures of a real box and tests nothing.
    exclude: [
      ...configDefaults.exclude,
      ...(process.env["BACKLINE_PICTURES"] ? [] : ["browser/tour.test.ts"]),
    ],
    maxWorkers: 2,
    testTimeout: 90_000,
    expect: { poll: { timeout: 15_000, interval: 100 } },
    hookTimeout: 180_000,
  },
});
