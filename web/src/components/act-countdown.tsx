import { useTranslation } from "react-i18next";
import { type Act, timeLeft } from "@/api/acts.ts";
import { useServerNow } from "@/api/clock.ts";
import { duration } from "@/lib/format.ts";
import { Countdown } from "./countdown.tsx";

const DAY_S = 86_400;

/** How long an act is open for scores still, by the server's clock: 2:41, 1:02:03, 3 d. */
export function useTimeLeft(act: Act): { text: string; share: number } {
  const { t } = useTranslation();
  const { ms, share } = timeLeft(act, useServerNow(250));
  const seconds = Math.ceil(ms / 1_000);
  const text =
    seconds >= DAY_S ? t("lineup.days", { count: Math.floor(seconds / DAY_S) }) : duration(seconds);
  return { text, share };
}

export function ActCountdown({ act }: { act: Act }) {
  const { t } = useTranslation();
  const { text, share } = useTimeLeft(act);
  return <Countdown text={text} share={share} label={t("lineup.left", { time: text })} />;
}
