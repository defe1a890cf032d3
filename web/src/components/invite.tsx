import { Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { encode } from "uqr";
import css from "./invite.module.css";

const LOCAL = ["localhost", "127.0.0.1", "[::1]"];

/** The QR code that leads to the Join page. */
export function Invite({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const address = `${location.origin}/join`;
  const { data, size } = encode(address, { ecc: "M", border: 3 });
  const path = data
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")))
    .join("");
  return (
    <Modal
      opened
      onClose={onClose}
      centered
      title={<span className="t-title">{t("invite.title")}</span>}
      closeButtonProps={{ "aria-label": t("close") }}
      transitionProps={{ duration: 0 }}
    >
      <div className={css.body}>
        <svg
          className={css.code}
          viewBox={`0 0 ${size} ${size}`}
          role="img"
          aria-label={t("invite.code", { address })}
        >
          <path d={path} fill="currentColor" shapeRendering="crispEdges" />
        </svg>
        <p className={css.address}>{address}</p>
        <p className="t-2">
          {LOCAL.includes(location.hostname) ? t("invite.onlyHere") : t("invite.help")}
        </p>
      </div>
    </Modal>
  );
}
