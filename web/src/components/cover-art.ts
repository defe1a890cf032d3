import { hash32 } from "../lib/hash.ts";

/** A ground and what stands on it. */
type Tones = readonly [ground: string, figure: string];

const TONES: readonly Tones[] = [
  ["#3d2d69", "#b39bef"],
  ["#571f38", "#ee8fa9"],
  ["#14474b", "#5fc4b6"],
  ["#153f5b", "#66b2df"],
  ["#5a2c28", "#e08a76"],
  ["#2c3945", "#9db2c4"],
  ["#2c3a73", "#8d9ef5"],
  ["#4a402f", "#cbb690"],
  ["#2f4a2e", "#9cc57d"],
  ["#4b2749", "#d083b8"],
];

const dots = [8, 20, 32].flatMap((y, row) =>
  [8, 20, 32].map((x, column) => circle(x, y, 1.8 + ((row + column) % 3) * 1.1)),
);

function circle(x: number, y: number, r: number): string {
  return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
}

function ring(x: number, y: number, r: number, width: number): string {
  const inner = r - width;
  return `${circle(x, y, r)}M${x - inner} ${y}a${inner} ${inner} 0 1 1 ${2 * inner} 0a${inner} ${inner} 0 1 1 ${-2 * inner} 0z`;
}

/** Figures on a field of 40 by 40. */
const MOTIFS: readonly string[] = [
  "M8 24a12 12 0 0 1 24 0zM0 27h40v2.4H0zM0 32h40v2.4H0zM0 37h40v3H0z", // a sun over water
  circle(27, 26, 14), // a moon
  "M20 6a14 14 0 0 1 0 28zM20 6a14 14 0 0 0-14 14h14z", // three quarters of a disc
  "M0 40 40 0v40z", // a slope
  `M0 0h26a26 26 0 0 1-26 26z${circle(31, 31, 4)}`, // a quarter and a dot
  "M0 22c7-9 13-9 20 0s13 9 20 0v18H0z", // a wave
  [10.7, 19.7, 28.7, 37.7].map((r) => ring(0, 40, r, 3.4)).join(""), // ripples from a corner
  "M0 9h40v3H0zM0 17h40v4H0zM0 26h40v5H0zM0 36h40v4H0z", // lines that grow
  "M6 40V22h5v18zM14 40V12h5v28zM22 40V17h5v23zM30 40V7h5v33z", // bars
  "M0 40V30h10V20h10V10h10V0h10v40z", // stairs
  dots.join(""), // a field of dots
  ring(20, 20, 13.5, 5), // a ring
  "M20 4 36 20 20 36 4 20zM0 0h10L0 10z", // a diamond
  "M0 0h40L20 20zM0 40h40L20 20z", // an hourglass
];

/** The same two tones and figure for the same seed, on every screen. */
export function coverArt(seed: string): { ground: string; figure: string; path: string } {
  const hash = hash32(seed);
  const [ground, figure] = TONES[hash % TONES.length] ?? ["#2c3945", "#9db2c4"];
  const path = MOTIFS[Math.floor(hash / 64) % MOTIFS.length] ?? "";
  return { ground, figure, path };
}
