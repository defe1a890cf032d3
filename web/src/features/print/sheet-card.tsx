import { useTranslation } from "react-i18next";
import { QrCode } from "@/components/qr-code.tsx";
import { isPrivate, readable } from "@/lib/join-address.ts";
import css from "./print.module.css";

interface Props {
  room: { name: string; tagline: string };
  guests: boolean;
  address: string;
}

/** One card: whose room it is, the way in, and what one can do there. */
export function SheetCard({ room, guests, address }: Props) {
  const { t } = useTranslation();
  return (
    <article className={css.card}>
      <h2 dir="auto">{room.name}</h2>
      <QrCode className={css.code} address={address} />
      <div className={css.words}>
        <p className={css.do}>{t("print.do")}</p>
        <p>{guests ? t("print.asGuest") : t("print.withAccount")}</p>
        <p className={css.address}>{readable(address)}</p>
        {isPrivate(address) && <p className={css.hint}>{t("print.sameNetwork")}</p>}
      </div>
    </article>
  );
}
