import { useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useJoinAddress } from "@/api/use-join-address.ts";
import { showLanguage } from "@/lib/i18n.ts";
import { useStore } from "@/lib/store.ts";
import { useWindowTitle } from "@/lib/use-window-title.ts";
import { useHiddenCursor, useNow, useShift, useWakeLock } from "./screen.ts";
import css from "./wall.module.css";
import { Dark, Waiting, Wall } from "./wall.tsx";
import { WallFeed } from "./wall-feed.ts";
import { keyOf, panelsOf } from "./wall-search.ts";

/** The room on a projector, a television or in a stream: nobody touches it. */
export function WallPage() {
  const { t } = useTranslation();
  const { show, theme = "dark", lang, background } = useSearch({ from: "/wall" });
  const [key] = useState(() => keyOf(location.hash));
  const panels = panelsOf(show);
  const [feed] = useState(() => new WallFeed(key, { scores: panels.includes("score") }));
  const state = useStore(feed.state);
  const now = useNow(feed.now);
  const address = useJoinAddress();
  const isIdle = useHiddenCursor();
  const shift = useShift();
  useWakeLock();

  useEffect(() => {
    feed.start();
    return () => feed.stop();
  }, [feed]);
  useEffect(() => {
    if (lang !== undefined) void showLanguage(lang);
  }, [lang]);
  useEffect(() => {
    // Another key in the same window is another wall.
    const changed = () => location.reload();
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  useWindowTitle(state.room?.room.name ?? t("wall.title"));

  const isTransparent = background === "transparent";
  useEffect(() => {
    document.documentElement.toggleAttribute("data-transparent", isTransparent);
  }, [isTransparent]);

  return (
    <div
      className={css.stage}
      data-theme={theme}
      data-transparent={isTransparent || undefined}
      data-idle={isIdle || undefined}
    >
      <nav aria-label={t("places.label")}>
        <a className={css.out} href="/">
          {t("wall.leave")}
        </a>
      </nav>
      {state.phase === "dark" ? (
        <Dark hasKey={key !== null} />
      ) : state.room === null ? (
        <Waiting isLong={state.phase === "away"} />
      ) : (
        <Wall
          room={state.room}
          now={state.asOf ?? now}
          time={now}
          asOf={state.phase === "away" ? (state.asOf ?? now) : null}
          panels={panels}
          acts={state.lineup?.acts ?? []}
          address={address ?? null}
          shift={shift}
        />
      )}
    </div>
  );
}
