import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { upcoming } from "@/api/room.ts";
import type { RoomDocument } from "@/api/types.ts";
import { clockTime } from "@/lib/format.ts";
import { Join } from "./join.tsx";
import { Next } from "./next.tsx";
import { NowPlaying } from "./now-playing.tsx";
import css from "./wall.module.css";
import type { AvailablePanel } from "./wall-search.ts";

interface Props {
  room: RoomDocument;
  /** The server's time of what is shown, in milliseconds. */
  now: number;
  /** What the clock shows. */
  time: number;
  /** Since when nothing has been heard; null while it is as shown. */
  asOf: number | null;
  panels: readonly AvailablePanel[];
  /** Where the QR code leads; null where phones cannot get to. */
  address: string | null;
  shift?: readonly [x: number, y: number];
}

/** All that a wall shows, in a box of any shape. */
export function Wall({ room, now, time, asOf, panels, address, shift = [0, 0] }: Props) {
  const { t, i18n } = useTranslation();
  const isEmpty = room.playback.item === null && upcoming(room).length === 0;
  const hasQr = panels.includes("qr") && address !== null;
  const shown = isEmpty || !panels.includes("queue") ? ["qr"] : hasQr ? ["queue", "qr"] : ["queue"];
  return (
    <main
      className={css.wall}
      data-panels={shown.join(" ")}
      data-stale={asOf !== null || undefined}
      style={{ "--x": shift[0], "--y": shift[1] } as CSSProperties}
    >
      <h1 className="vh">{room.room.name}</h1>
      {shown.includes("queue") ? (
        <>
          <NowPlaying playback={room.playback} now={now} asOf={asOf} />
          <Next room={room} time={time} />
          {hasQr && <Join room={room} address={address} />}
        </>
      ) : (
        <Join room={room} address={address} isEmpty={isEmpty} large />
      )}
      <p className={css.lost} role="status">
        {asOf !== null && t("wall.lost", { time: clockTime(asOf, i18n.language) })}
      </p>
    </main>
  );
}

/** There is no way in any more: dark, with the reason. */
export function Dark({ hasKey }: { hasKey: boolean }) {
  const { t } = useTranslation();
  return (
    <main className={css.dark}>
      <h1 className="vh">{t("wall.title")}</h1>
      <p role="status">{hasKey ? t("wall.revoked") : t("wall.needsLink")}</p>
      {!hasKey && (
        <a className="textlink" href="/login?next=/wall">
          {t("wall.logIn")}
        </a>
      )}
    </main>
  );
}

/** Nothing is known yet. For a moment nothing is said about that. */
export function Waiting({ isLong }: { isLong: boolean }) {
  const { t } = useTranslation();
  return (
    <main className={css.dark}>
      <h1 className="vh">{t("wall.title")}</h1>
      <p role="status">{isLong && t("wall.noAnswer")}</p>
    </main>
  );
}
