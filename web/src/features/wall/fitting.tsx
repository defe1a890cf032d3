import { useElementSize, useMergedRef } from "@mantine/hooks";
import { useLayoutEffect, useRef, useState } from "react";

const SMALLEST = 3;

interface Props {
  text: string;
  className: string | undefined;
}

/** A title in at most two lines: its letters step down until it fits, then it is cut. */
export function Fitting({ text, className }: Props) {
  const box = useRef<HTMLParagraphElement>(null);
  const { ref: measured, width } = useElementSize();
  const ref = useMergedRef(box, measured);
  const [{ about, step }, setFit] = useState({ about: "", step: 0 });
  const wanted = `${text} ${Math.round(width)}`;
  // Another title, or another width, begins anew with the largest letters.
  if (about !== wanted) setFit({ about: wanted, step: 0 });
  useLayoutEffect(() => {
    const { scrollHeight = 0, clientHeight = 0 } = box.current ?? {};
    if (about !== "" && step < SMALLEST && scrollHeight > clientHeight + 1) {
      setFit({ about, step: step + 1 });
    }
  }, [about, step]);
  return (
    <p ref={ref} className={className} data-step={step} dir="auto">
      {text}
    </p>
  );
}
