import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The longest file begins first, so that the other worker has all others meanwhile. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLongest = ({ moduleId }: TestSpecification) => moduleId.endsWith("/screens.test.ts");
    const sorted = await super.sort(files);
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))];
  }
}

// These make the pictures of the documentation and test nothing.
const PICTURES = ["browser/pictures.test.ts", "browser/tour.test.ts"];

// Real browsers against the built app. Each file has its own box, so that two can run at a time;
// more would only wait for each other.
export default defineConfig({
  test: {
    environment: "node",
    include: ["browser/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ...(process.env["KEEP_PICTURES"] ? [] : PICTURES)],
    sequence: { sequencer: LongestFirst },
    maxWorkers: 2,
    testTimeout: 90_000,
    expect: { poll: { timeout: 15_000, interval: 100 } },
    hookTimeout: 180_000,
  },
});
