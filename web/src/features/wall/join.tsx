import { useTranslation } from "react-i18next";
import type { RoomDocument } from "@/api/types.ts";
import { QrCode } from "@/components/qr-code.tsx";
import { readable } from "@/lib/join-address.ts";
import css from "./wall.module.css";

interface Props {
  room: RoomDocument;
  address: string | null;
  /** It has the wall to itself. */
  large?: boolean;
  isEmpty?: boolean;
  /** An act can be scored now. */
  forScores?: boolean;
}

/** The way in, for phones. */
export function Join({ room, address, large = false, isEmpty = false, forScores = false }: Props) {
  const { t } = useTranslation();
  const words = forScores
    ? t("wall.join.oneEach")
    : room.policy.open
      ? t("wall.join.help")
      : t("wall.join.closed");
  return (
    <section className={large ? css.only : css.qr} aria-label={t("wall.join.label")}>
      {address !== null && <QrCode className={css.code} address={address} />}
      <div className={css.invite}>
        {large && <p className={css.room}>{room.room.name}</p>}
        {isEmpty ? (
          <b>{address === null ? t("wall.empty") : t("wall.scanFirst")}</b>
        ) : (
          <b>{forScores ? t("wall.join.score") : t("wall.join.scan")}</b>
        )}
        {!isEmpty && <p>{words}</p>}
        {large && address !== null && <p className={css.address}>{readable(address)}</p>}
      </div>
    </section>
  );
}
