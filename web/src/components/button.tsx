import type { ComponentProps, ReactNode, Ref } from "react";
import { cx } from "@/lib/cx.ts";
import css from "./button.module.css";
import { Why } from "./why.tsx";

interface ButtonProps extends Omit<ComponentProps<"button">, "disabled"> {
  look?: "soft" | "main" | "quiet" | "outline" | "raised" | "danger";
  size?: "small" | "normal" | "tall";
  wide?: boolean;
  icon?: ReactNode;
  /** Why it cannot be pressed now. It stays reachable, so that everybody can learn why. */
  refusal?: string | undefined;
  /** The refusal is written beside it already: no tooltip. */
  explained?: boolean;
  busy?: boolean;
}

export function Button({
  look = "soft",
  size = "normal",
  wide = false,
  icon,
  refusal,
  explained = false,
  busy = false,
  className,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  const off = refusal !== undefined || busy;
  const button = (
    <button
      type="button"
      {...rest}
      aria-disabled={off || undefined}
      aria-busy={busy || undefined}
      onClick={off ? (event) => event.preventDefault() : onClick}
      className={cx(
        css.button,
        look !== "soft" && css[look],
        size !== "normal" && css[size],
        icon !== undefined && css.icon,
        wide && css.wide,
        className,
      )}
    >
      {icon}
      {children}
    </button>
  );
  return refusal === undefined || explained ? button : <Why text={refusal}>{button}</Why>;
}

interface IconButtonProps extends Omit<ComponentProps<"button">, "aria-label" | "disabled"> {
  label: string;
  refusal?: string | undefined;
  ref?: Ref<HTMLButtonElement>;
}

/** A control that shows only an icon: its name is the accessible name and the tooltip. */
export function IconButton({
  label,
  refusal,
  className,
  children,
  onClick,
  ...rest
}: IconButtonProps) {
  return (
    <Why text={refusal ?? label} disabled={rest["aria-expanded"] === true}>
      <button
        type="button"
        {...rest}
        aria-label={refusal === undefined ? label : `${label}. ${refusal}`}
        aria-disabled={refusal !== undefined || undefined}
        onClick={refusal === undefined ? onClick : undefined}
        className={cx(css.iconButton, className)}
      >
        {children}
      </button>
    </Why>
  );
}

interface IconLinkProps extends Omit<ComponentProps<"a">, "aria-label"> {
  label: string;
  href: string;
}

/** An icon that leads somewhere. */
export function IconLink({ label, href, className, children, ...rest }: IconLinkProps) {
  return (
    <Why text={label}>
      <a {...rest} href={href} aria-label={label} className={cx(css.iconButton, className)}>
        {children}
      </a>
    </Why>
  );
}
