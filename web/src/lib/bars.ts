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

/**
 * What the bars of a box `width` pixels wide look like: as many as fit, from edge to edge.
 *
 * @param bar How thick they are, where they are to be seen from afar.
 */
export function shapeOf(
  width: number,
  fine: boolean,
  bar?: number,
): { stroke: number; step: number; count: number } {
  const stroke = bar ?? (fine ? 2 : 3);
  const gap = bar === undefined ? 2 : bar * 0.83;
  const count = Math.max(1, Math.floor((width + gap) / (stroke + gap)));
  return { stroke, count, step: count > 1 ? (width - stroke) / (count - 1) : 0 };
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
