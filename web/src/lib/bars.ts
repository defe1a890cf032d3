/** Heights from 0 to 1 for `count` bars; each shows the loudest of the peaks it covers. */
export function barsOf(peaks: readonly number[] | undefined, count: number): number[] {
  if (peaks === undefined || peaks.length === 0) return Array<number>(count).fill(0);
  const loudest = Math.max(...peaks, 0.01);
  return Array.from({ length: count }, (_, bar) => {
    const from = Math.floor((bar * peaks.length) / count);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * peaks.length) / count));
    // A little under linear: quiet passages stay visible.
    return (Math.max(...peaks.slice(from, to)) / loudest) ** 0.8;
  });
}

/** An SVG path of upright strokes in a box `height` high, from bar `from` up to `to`. */
export function strokes(
  bars: readonly number[],
  { step, width, height, from, to }: Record<"step" | "width" | "height" | "from" | "to", number>,
): string {
  const longest = height - width;
  let path = "";
  for (let index = from; index < to; index += 1) {
    const length = Math.max(2, (bars[index] ?? 0) * longest);
    const x = index * step + width / 2;
    path += `M${x.toFixed(1)} ${((height - length) / 2).toFixed(1)}v${length.toFixed(1)}`;
  }
  return path;
}
