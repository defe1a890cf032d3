import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { encode } from "uqr";
import { cx } from "@/lib/cx.ts";
import css from "./qr-code.module.css";

interface Props {
  address: string;
  className?: string | undefined;
}

/** A QR code as ISO 18004 wants it: dark on light, four modules of quiet around, correction M. */
export function QrCode({ address, className }: Props) {
  const { t } = useTranslation();
  const { path, size } = useMemo(() => drawn(address), [address]);
  return (
    <svg
      className={cx(css.code, className)}
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={t("invite.code", { address })}
    >
      <path d={path} fill="currentColor" shapeRendering="crispEdges" />
    </svg>
  );
}

function drawn(address: string): { path: string; size: number } {
  const { data, size } = encode(address, { ecc: "M", border: 4 });
  const dark = data.flatMap((row, y) => row.map((on, x) => (on ? `M${x} ${y}h1v1h-1z` : "")));
  return { path: dark.join(""), size };
}
