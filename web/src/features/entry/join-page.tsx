import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { entryOptions } from "@/api/account.ts";
import { useWaveform } from "@/api/hooks.ts";
import { currentPlayback, roomFacts } from "@/api/playback.ts";
import { joinAsGuest } from "@/api/session.ts";
import type { Playback } from "@/api/types.ts";
import { usePosition } from "@/api/use-position.ts";
import { Button } from "@/components/button.tsx";
import { Cover } from "@/components/cover.tsx";
import { Emphasis } from "@/components/emphasis.tsx";
import { IconWifiOff } from "@/components/icons.ts";
import { Waveform } from "@/components/waveform.tsx";
import { cx } from "@/lib/cx.ts";
import { duration } from "@/lib/format.ts";
import { MARK } from "@/lib/toasts.ts";
import css from "./entry.module.css";
import { Entry, Refusal, text, useSending } from "./entry.tsx";
import { useEnter } from "./use-enter.ts";

const LOOK_EVERY_MS = 5_000;

/** Where the QR code leads: what room this is, what plays, and one field to be in. */
export function JoinPage() {
  const { t } = useTranslation();
  const { next } = useSearch({ from: "/join" });
  const enter = useEnter(next);
  const { data: room, error: away } = useQuery({
    queryKey: ["room"],
    queryFn: roomFacts,
    refetchInterval: LOOK_EVERY_MS,
    retry: false,
  });
  const playback = useQuery({
    queryKey: ["playback"],
    queryFn: currentPlayback,
    refetchInterval: LOOK_EVERY_MS,
  }).data;
  const { busy, refusal, field, submit } = useSending(async (values) => {
    await joinAsGuest(text(values, "display_name"));
    enter();
  });
  const options = useQuery({
    queryKey: ["entry-options"],
    queryFn: entryOptions,
    staleTime: Number.POSITIVE_INFINITY,
  }).data;
  const guests = options?.guests ?? true;
  const facts = [room?.tagline, room && t("here", { count: room.present })];
  return (
    <Entry>
      <div className={css.center}>
        <h1 className={`t-big ${css.room}`} dir="auto">
          {room?.name ?? t("join.title")}
        </h1>
        <p className={`t-2 fig ${css.facts}`}>{facts.filter(Boolean).join(" · ")}</p>
        <div role="status">
          {away !== null && (
            <p className={css.away}>
              <IconWifiOff size={20} stroke={1.75} aria-hidden="true" />
              {t("join.away")}
            </p>
          )}
        </div>
      </div>
      {away === null && playback?.item && <NowPlaying playback={playback} />}
      <form className={cx(css.form, css.join)} onSubmit={submit} noValidate>
        {guests ? (
          <>
            <TextInput
              name="display_name"
              label={t("join.as")}
              description={t("join.hint")}
              inputWrapperOrder={["label", "input", "error", "description"]}
              autoComplete="nickname"
              required
              withAsterisk={false}
              maxLength={64}
              styles={{ input: { height: 52 } }}
              dir="auto"
              error={field("display_name")}
            />
            <Refusal text={refusal} />
            <Button look="main" size="tall" wide type="submit" busy={busy}>
              {t("join.do")}
            </Button>
          </>
        ) : (
          <p className="t-2">{t("join.accountsOnly")}</p>
        )}
        <p className={`t-2 ${css.foot}`}>
          {t("join.haveAccount")}{" "}
          <Link to="/login" search={next === undefined ? {} : { next }} className="textlink">
            {t("login.do")}
          </Link>
        </p>
      </form>
    </Entry>
  );
}

function NowPlaying({ playback }: { playback: Playback }) {
  const { t } = useTranslation();
  const track = playback.item?.track;
  const peaks = useWaveform(track);
  const positionS = usePosition(playback);
  if (track === undefined) return null;
  const total = track.duration_s;
  return (
    <section className={css.now} aria-label={t("now.playing")}>
      <Cover track={track} fill className={css.cover} />
      <div className={css.wave}>
        <Waveform
          peaks={peaks}
          positionS={positionS}
          durationS={total}
          height={40}
          label={t("now.heard", { at: duration(positionS), of: duration(total ?? 0) })}
        />
      </div>
      <p className="line t-2">
        <svg className={css.eq} viewBox="0 0 14 14" aria-hidden="true">
          <path d="M2.2 8v3.8M7 2.4v9.4M11.8 5.6v6.2" />
        </svg>
        <span className="one">
          <Emphasis
            text={t("join.nowPlaying", { title: MARK, artist: track.artist || t("unknownArtist") })}
            strong={track.title}
          />
        </span>
      </p>
    </section>
  );
}
