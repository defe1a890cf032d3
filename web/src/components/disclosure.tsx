import { lazy, type ReactNode, type RefObject, Suspense, useRef, useState } from "react";
import css from "./floating.module.css";

const Floating = lazy(() =>
  import("./floating.tsx").then((module) => ({ default: module.Floating })),
);

interface Props {
  label: string;
  width: number;
  position: "bottom-start" | "top-end";
  /** The control; it takes what is given here. */
  control: (given: {
    ref: RefObject<HTMLButtonElement | null>;
    "aria-expanded": boolean;
    onClick: () => void;
  }) => ReactNode;
  children: ReactNode;
}

/** A control and what opens beside it. */
export function Disclosure({ label, width, position, control, children }: Props) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    button.current?.focus({ preventScroll: true });
  };
  return (
    <span className={css.box}>
      {control({ ref: button, "aria-expanded": open, onClick: () => setOpen(!open) })}
      <Suspense>
        {open && (
          <Floating {...{ label, width, position }} onClose={close}>
            {children}
          </Floating>
        )}
      </Suspense>
    </span>
  );
}
