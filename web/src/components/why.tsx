import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from "react";
import css from "./button.module.css";

interface Props {
  text: string;
  children: ReactNode;
  disabled?: boolean;
}

const Tooltip = lazy(() => import("./tooltip.tsx").then((module) => ({ default: module.Tooltip })));

const AFTER_MS = 400;

/**
 * A tooltip that opens on hover, focus and touch, and closes on Escape. It is made when it is
 * wanted: a list of five hundred rows has over a thousand of them.
 */
export function Why({ text, children, disabled = false }: Props) {
  const box = useRef<HTMLSpanElement>(null);
  const [target, setTarget] = useState<HTMLElement | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const close = () => {
    clearTimeout(timer.current);
    setTarget(null);
  };
  const open = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      setTarget((box.current?.firstElementChild as HTMLElement | null) ?? null);
    }, AFTER_MS);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it watches its child, which is the control.
    <span
      ref={box}
      className={css.why}
      onPointerEnter={open}
      onPointerLeave={close}
      onPointerDown={({ pointerType }) => (pointerType === "touch" ? open() : close())}
      onFocus={open}
      onBlur={close}
      onKeyDown={({ key }) => key === "Escape" && close()}
    >
      {children}
      {target !== null && !disabled && (
        <Suspense>
          <Tooltip target={target} text={text} />
        </Suspense>
      )}
    </span>
  );
}
