import { Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useJoinAddress } from "@/api/use-join-address.ts";
import css from "./invite.module.css";
import { QrCode } from "./qr-code.tsx";

/** The QR code that leads to the Join page. */
export function Invite({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const address = useJoinAddress();
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
        {address != null && (
          <>
            <QrCode className={css.code} address={address} />
            <p className={css.address}>{address}</p>
            <p className="t-2">{t("invite.help")}</p>
            <p>
              <a className="textlink" href="/print" target="_blank" rel="noopener">
                {t("print.link")}
              </a>
            </p>
          </>
        )}
        {address === null && <p className="t-2">{t("invite.onlyHere")}</p>}
      </div>
    </Modal>
  );
}
