import { useElementSize } from "@mantine/hooks";
import { type KeyboardEvent, lazy, type PointerEvent, Suspense, useMemo, useState } from "react";
import { barsOf, shapeOf, strokes } from "@/lib/bars.ts";
import { cx } from "@/lib/cx.ts";
import css from "./waveform.module.css";

interface Props {
  peaks: readonly number[] | undefined;
  positionS: number;
  durationS: number | null;
  height: number;
  /** Thin bars close together, for the player bar. */
  fine?: boolean;
  /** How thick the bars are, for a wall; in pixels. */
  bar?: number;
  /** What it shows, in words. */
  label: string;
  /** The name of the control, where it is one. */
  seekLabel?: string | undefined;
  onSeek?: ((seconds: number) => void) | undefined;
  stale?: boolean;
}

const STEP_S = 5;

const Surfer = lazy(() => import("./surfer.tsx").then((module) => ({ default: module.Surfer })));

/** A song as bars, the heard part in amber. For those who may seek it is a slider. */
export function Waveform(props: Props) {
  const { peaks, positionS, durationS, height, fine = false, bar, label, onSeek, stale } = props;
  const { ref, width: measured } = useElementSize();
  const { stroke, step, count } = shapeOf(measured, fine, bar);
  const bars = useMemo(() => barsOf(peaks, count), [peaks, count]);
  const share = durationS ? Math.min(1, positionS / durationS) : 0;
  const heard = Math.round(share * count);
  const shape = { step, width: stroke, height };
  const [painted, setPainted] = useState<typeof peaks>();
  const isPainted = peaks !== undefined && painted === peaks;
  // The same bars stand here until the library has come and has painted: nothing moves then.
  const sketch = (
    <svg className={css.wave} viewBox={`0 0 ${measured} ${height}`} aria-hidden="true">
      <g strokeWidth={stroke} strokeLinecap={fine ? "butt" : "round"}>
        <path className={css.rest} d={strokes(bars, { ...shape, from: heard, to: count })} />
        <path className={css.heard} d={strokes(bars, { ...shape, from: 0, to: heard })} />
      </g>
    </svg>
  );
  const drawn = measured > 0 && (
    <>
      {!isPainted && sketch}
      {peaks !== undefined && (
        <Suspense>
          <Surfer
            {...{ peaks, height, fine, bar, share, stale }}
            width={measured}
            onPainted={() => setPainted(peaks)}
          />
        </Suspense>
      )}
    </>
  );
  const className = cx(css.box, stale && css.stale);
  if (onSeek === undefined || durationS === null) {
    return (
      <div ref={ref} className={className} style={{ height }} role="img" aria-label={label}>
        {drawn}
      </div>
    );
  }

  const seekTo = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    onSeek(Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * durationS);
  };
  const onKey = (event: KeyboardEvent) => {
    const to = {
      ArrowRight: positionS + STEP_S,
      ArrowUp: positionS + STEP_S,
      ArrowLeft: positionS - STEP_S,
      ArrowDown: positionS - STEP_S,
      PageUp: positionS + 6 * STEP_S,
      PageDown: positionS - 6 * STEP_S,
      Home: 0,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    onSeek(Math.max(0, Math.min(to, durationS - 1)));
  };
  return (
    <div
      ref={ref}
      className={cx(className, css.seekable)}
      style={{ height }}
      role="slider"
      tabIndex={0}
      aria-label={props.seekLabel}
      aria-valuemin={0}
      aria-valuemax={Math.round(durationS)}
      aria-valuenow={Math.round(positionS)}
      aria-valuetext={label}
      onPointerUp={seekTo}
      onKeyDown={onKey}
    >
      {drawn}
    </div>
  );
}
