import { Outlet, useLocation } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useIsAtLeast, useIsAway, useRoom } from "@/api/hooks.ts";
import { Toasts } from "@/components/toasts.tsx";
import { WindowDrop } from "@/features/add-song/window-drop.tsx";
import { MiniPlayer } from "@/features/player/mini-player.tsx";
import { NowAnnouncer } from "@/features/player/now-announcer.tsx";
import { PlayerBar } from "@/features/player/player-bar.tsx";
import { useIsPhone } from "@/lib/use-is-phone.ts";
import { ConnectionBanner } from "./connection-banner.tsx";
import { PlaceGuard } from "./place-guard.tsx";
import { STAFF_PLACES } from "./places.ts";
import { Rail } from "./rail.tsx";
import css from "./shell.module.css";
import { Tabs } from "./tabs.tsx";
import { TopBar } from "./top-bar.tsx";
import { useTitle } from "./use-title.ts";
import { WallDialog } from "./wall-dialog.tsx";

const AlarmWatch = lazy(() =>
  import("@/features/host/alarm-watch.tsx").then((module) => ({ default: module.AlarmWatch })),
);

/** What stays while the screens change: where one can go, the connection, the player. */
export function Shell() {
  const { t } = useTranslation();
  const isPhone = useIsPhone();
  const room = useRoom();
  const isAway = useIsAway();
  const isHost = useIsAtLeast("host");
  const { pathname } = useLocation();
  const staff = STAFF_PLACES.find(({ to }) => pathname === to || pathname.startsWith(`${to}/`));
  useTitle(pathname, room?.room.name);
  return (
    <div className={css.shell} data-stale={isAway}>
      <a className={css.skip} href="#main">
        {t("skipToPage")}
      </a>
      {!isPhone && <Rail />}
      <TopBar />
      <ConnectionBanner />
      <main className={css.main} id="main" tabIndex={-1}>
        {staff === undefined ? (
          <Outlet />
        ) : (
          <PlaceGuard key={staff.to} role={staff.role}>
            <Outlet />
          </PlaceGuard>
        )}
      </main>
      <div className={css.bar}>{isPhone ? <MiniPlayer /> : <PlayerBar />}</div>
      {isPhone && <Tabs />}
      <WindowDrop />
      <NowAnnouncer />
      <WallDialog />
      <Suspense>{isHost && <AlarmWatch />}</Suspense>
      <Toasts />
    </div>
  );
}
