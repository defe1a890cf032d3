import { Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useIsPhone } from "@/lib/use-is-phone.ts";
import { Links } from "./links.tsx";
import { NewLink } from "./new-link.tsx";
import { WallChoices } from "./wall-choices.tsx";
import css from "./wall-links.module.css";
import { WallPreview } from "./wall-preview.tsx";
import { type Wanted, wantedFrom } from "./wall-search.ts";

/** Where hosts make links that open the wall on a screen, and take them back. */
export function WallLinks({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const isPhone = useIsPhone();
  const [wanted, setWanted] = useState<Wanted>(() => wantedFrom(i18n.language));
  return (
    <Modal
      opened
      onClose={onClose}
      centered
      fullScreen={isPhone}
      size={920}
      title={<span className="t-title">{t("wall.links.title")}</span>}
      attributes={{ header: { role: "presentation" } }}
      closeButtonProps={{ "aria-label": t("close") }}
      transitionProps={{ duration: 0 }}
    >
      <div className={css.body}>
        <p className="t-2">{t("wall.links.help")}</p>
        <div className={css.make}>
          <WallPreview wanted={wanted} />
          <WallChoices wanted={wanted} onChange={setWanted} />
        </div>
        <NewLink wanted={wanted} />
        <Links />
      </div>
    </Modal>
  );
}
