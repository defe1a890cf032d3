import { useEffect, useRef } from "react";
import WaveSurfer from "wavesurfer.js";
import { barsOf, shapeOf } from "@/lib/bars.ts";
import css from "./waveform.module.css";

interface Props {
  peaks: readonly number[];
  width: number;
  height: number;
  fine: boolean;
  bar: number | undefined;
  /** How much of it is heard, 0 to 1. */
  share: number;
  stale?: boolean | undefined;
  onPainted: () => void;
}

/** The outline by wavesurfer.js, from the peaks alone: no sound is fetched, nothing plays here. */
export function Surfer({
  peaks,
  width,
  height,
  fine,
  bar,
  share,
  stale = false,
  onPainted,
}: Props) {
  const box = useRef<HTMLDivElement>(null);
  const surfer = useRef<WaveSurfer>(null);
  const painted = useRef(onPainted);
  painted.current = onPainted;
  // A bar is heard or it is not: the edge lies in the gap between two.
  const { count, step, stroke } = shapeOf(width, fine, bar);
  const heard = Math.round(share * count);
  const edge = heard === 0 ? 0 : Math.min(1, (heard * step - (step - stroke) / 2) / width);
  const edgeNow = useRef(edge);
  edgeNow.current = edge;

  useEffect(() => {
    const container = box.current;
    if (container === null) return;
    const made = WaveSurfer.create({
      container,
      height,
      peaks: [[...peaks]],
      duration: 1, // the position is a share of it
      interact: false,
      cursorWidth: 0,
      hideScrollbar: true,
      autoScroll: false,
      renderFunction: ([channel], context) => paint(context, channel ?? [], fine, bar),
      ...coloursOf(container),
    });
    surfer.current = made;
    made.once("redrawcomplete", () => {
      made.setTime(edgeNow.current);
      painted.current();
    });
    const recolour = () => made.setOptions(coloursOf(container));
    const themes = new MutationObserver(recolour);
    themes.observe(document.documentElement, { attributeFilter: ["data-mantine-color-scheme"] });
    themes.observe(container, { attributeFilter: ["data-stale"] });
    return () => {
      themes.disconnect();
      surfer.current = null;
      made.destroy();
    };
  }, [peaks, height, fine, bar]);

  useEffect(() => surfer.current?.setTime(edge), [edge]);

  return <div ref={box} className={css.surfer} data-stale={stale} aria-hidden="true" />;
}

/** A canvas knows no custom properties: they are read where it stands. */
function coloursOf(box: HTMLElement): { waveColor: string; progressColor: string } {
  const style = getComputedStyle(box);
  const waveColor = style.getPropertyValue("--wave").trim();
  const heard = style.getPropertyValue("--accent-mark").trim();
  return { waveColor, progressColor: box.dataset["stale"] === "true" ? waveColor : heard };
}

function paint(
  context: CanvasRenderingContext2D,
  peaks: ArrayLike<number>,
  fine: boolean,
  bar: number | undefined,
): void {
  const scale = devicePixelRatio;
  const { width, height } = context.canvas;
  const { stroke, step, count } = shapeOf(width / scale, fine, bar);
  context.beginPath();
  for (const [index, bar] of barsOf(Array.from(peaks), count).entries()) {
    const length = Math.max(2, bar * (height / scale - stroke)) + (fine ? 0 : stroke);
    const [x, y] = [index * step * scale, (height - length * scale) / 2];
    context.roundRect(x, y, stroke * scale, length * scale, fine ? 0 : (stroke / 2) * scale);
  }
  context.fill();
}
