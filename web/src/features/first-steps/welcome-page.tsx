import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { sentenceOf } from "@/api/attempt.ts";
import { firstSteps } from "@/api/first-steps.ts";
import { useIsAtLeast, usePersonal, useRoom, useUser } from "@/api/hooks.ts";
import buttons from "@/components/button.module.css";
import { Button } from "@/components/button.tsx";
import { IconPrinter, IconQrcode } from "@/components/icons.ts";
import { Page } from "@/components/page.tsx";
import { RowSkeletons } from "@/components/skeleton.tsx";
import { cx } from "@/lib/cx.ts";
import css from "./first-steps.module.css";
import { NameStep } from "./name-step.tsx";
import { isAtWork, SongStep } from "./song-step.tsx";
import { SoundStep } from "./sound-step.tsx";
import { Step } from "./step.tsx";

const Invite = lazy(() =>
  import("@/components/invite.tsx").then((module) => ({ default: module.Invite })),
);

/** From an empty room to the first song. */
export function WelcomePage() {
  const { t } = useTranslation();
  const room = useRoom();
  const { data, error, refetch } = useQuery({
    queryKey: ["first-steps"],
    queryFn: ({ signal }) => firstSteps(signal),
    refetchInterval: ({ state }) =>
      state.data !== undefined && isAtWork(state.data.demo) ? 500 : 3_000,
  });
  const look = () => void refetch();
  const song = room?.playback.item?.track.title;
  return (
    <Page title={t("welcome.title")}>
      <p className="t-2">{t("welcome.help")}</p>
      {error !== null && data === undefined && (
        <div className={css.acts}>
          <p>{sentenceOf(error)}</p>
          <Button onClick={look}>{t("again")}</Button>
        </div>
      )}
      {room === null || data === undefined ? (
        error === null && <RowSkeletons rows={5} />
      ) : (
        <ol className={css.steps}>
          <NameStep room={room.room} named={data.named} onDone={look} />
          <ChargeStep />
          <SoundStep playing={song !== undefined} />
          <SongStep steps={data} onChange={look} />
          <InviteStep />
        </ol>
      )}
      <div className={css.end}>
        <p role="status">{song !== undefined && t("welcome.plays", { title: song })}</p>
        <Link to="/" className={cx(buttons.button, song !== undefined && buttons.main)}>
          {song === undefined ? t("welcome.later") : t("welcome.open")}
        </Link>
      </div>
    </Page>
  );
}

/** The link from the terminal has made an admin; a second person helps on a long evening. */
function ChargeStep() {
  const { t } = useTranslation();
  const user = useUser();
  const isAdmin = useIsAtLeast("admin");
  return (
    <Step
      number={2}
      title={t("welcome.charge.title")}
      done={t(isAdmin ? "welcome.charge.doneAdmin" : "welcome.charge.done", {
        name: user?.display_name,
      })}
    >
      {isAdmin && (
        <p className="t-2">
          {t("welcome.charge.second")}{" "}
          <Link to="/admin" className="textlink">
            {t("welcome.charge.admin")}
          </Link>
        </p>
      )}
    </Step>
  );
}

function InviteStep() {
  const { t } = useTranslation();
  const { present } = usePersonal();
  const [inviting, setInviting] = useState(false);
  return (
    <Step
      number={5}
      title={t("welcome.invite.title")}
      done={(present ?? 0) > 1 ? t("here", { count: present ?? 0 }) : undefined}
    >
      <p className="t-2">{t("welcome.invite.help")}</p>
      <div className={css.acts}>
        <a className={buttons.button} href="/print" target="_blank" rel="noopener">
          <IconPrinter size={20} stroke={1.75} aria-hidden="true" />
          {t("welcome.invite.print")}
        </a>
        <Button
          icon={<IconQrcode size={20} stroke={1.75} aria-hidden="true" />}
          onClick={() => setInviting(true)}
        >
          {t("invite.open")}
        </Button>
      </div>
      <Suspense>{inviting && <Invite onClose={() => setInviting(false)} />}</Suspense>
    </Step>
  );
}
