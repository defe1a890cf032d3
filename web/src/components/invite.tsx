import { Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useIsAtLeast } from "@/api/hooks.ts";
import { useJoinAddress } from "@/api/use-join-address.ts";
import { openWall } from "@/lib/wall-links.ts";
import { Button } from "./button.tsx";
import { IconDeviceTv } from "./icons.ts";
import css from "./invite.module.css";
import { QrCode } from "./qr-code.tsx";

/** The QR code that leads to the Join page. */
export function Invite({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const address = useJoinAddress();
  const isHost = useIsAtLeast("host");
  return (
    <Modal
      opened
      onClose={onClose}
      centered
      title={<span className="t-title">{t("invite.title")}</span>}
      attributes={{ header: { role: "presentation" } }}
      closeButtonProps={{ "aria-label": t("close") }}
      transitionProps={{ duration: 0 }}
    >
      <div className={css.body}>
        {address != null && (
          <>
            <QrCode className={css.code} address={address} />
            <p className={css.address}>{address}</p>
            <p className="t-2">{t("invite.help")}</p>
            <p>
              <a className="textlink alone" href="/print" target="_blank" rel="noopener">
                {t("print.link")}
              </a>
            </p>
          </>
        )}
        {address === null && <p className="t-2">{t("invite.onlyHere")}</p>}
        {isHost && (
          <div>
            <Button
              icon={<IconDeviceTv size={20} stroke={1.75} aria-hidden="true" />}
              onClick={() => {
                onClose();
                openWall();
              }}
            >
              {t("wall.links.title")}
            </Button>
          </div>
        )}
      </div>
    </Modal>
  );
}
