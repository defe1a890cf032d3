import { Link, useLocation } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useServerNow } from "@/api/clock.ts";
import { useConnection, usePresent, useRoom, useUser } from "@/api/hooks.ts";
import { useActs } from "@/api/use-lineup.ts";
import { Avatar } from "@/components/avatar.tsx";
import { Button, IconButton } from "@/components/button.tsx";
import { IconDeviceTv, IconQrcode, IconUsers } from "@/components/icons.ts";
import { UploadStatus } from "@/features/add-song/upload-status.tsx";
import { clockTime, initials } from "@/lib/format.ts";
import { useIsPhone } from "@/lib/use-is-phone.ts";
import { openWall } from "@/lib/wall-links.ts";
import css from "./shell.module.css";

const Invite = lazy(() =>
  import("@/components/invite.tsx").then((module) => ({ default: module.Invite })),
);

export function TopBar() {
  const isPhone = useIsPhone();
  return isPhone ? <PhoneTop /> : <DeskTop />;
}

/** The name of the room; on the Room screen it is the title of the page. */
function RoomName({ className }: { className?: string }) {
  const room = useRoom();
  const { pathname } = useLocation();
  const Tag = pathname === "/" ? "h1" : "p";
  return (
    <Tag className={`${css.name} one ${className ?? ""}`}>{room?.room.name ?? "Backline"}</Tag>
  );
}

function DeskTop() {
  const { t, i18n } = useTranslation();
  const room = useRoom();
  const user = useUser();
  const present = usePresent();
  const connection = useConnection();
  const now = useServerNow(1_000);
  const time = clockTime(now, i18n.language);
  const isLive = connection === "live";
  const atHost = useLocation().pathname.startsWith("/host");
  return (
    <header className={css.top}>
      <RoomName />
      {room?.room.tagline ? (
        <>
          <span className={css.separator} />
          <span className="t-2 one">{room.room.tagline}</span>
        </>
      ) : null}
      <span className="line tight t-2">
        <span className={css.dot} data-lost={!isLive} />
        {t(`connection.${isLive ? "live" : connection === "offline" ? "gone" : "waiting"}`)}
      </span>
      <span className="grow" />
      <UploadStatus />
      {atHost && <HostActions />}
      {present !== null && (
        <span className="line tight t-2 fig">
          <IconUsers size={16} stroke={2} aria-hidden="true" />
          {t("here", { count: present })}
        </span>
      )}
      <time className={css.clock} dateTime={time}>
        {time}
      </time>
      {user !== null && (
        <Link
          to="/me"
          className={css.account}
          aria-label={t("yourAccount", {
            initials: initials(user.display_name),
            name: user.display_name,
            role: t(`role.${user.role}`),
          })}
        >
          <Avatar name={user.display_name} />
        </Link>
      )}
    </header>
  );
}

/** On the Host console: the code that lets people in, and the screen for everybody. */
function HostActions() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <span className="line">
      <Button
        look="quiet"
        icon={<IconQrcode size={20} stroke={1.75} aria-hidden="true" />}
        onClick={() => setOpen(true)}
      >
        {t("invite.short")}
      </Button>
      <Button
        look="quiet"
        icon={<IconDeviceTv size={20} stroke={1.75} aria-hidden="true" />}
        onClick={openWall}
      >
        {t("invite.wall")}
      </Button>
      <Suspense>{open && <Invite onClose={() => setOpen(false)} />}</Suspense>
    </span>
  );
}

function PhoneTop() {
  const { t } = useTranslation();
  const room = useRoom();
  const present = usePresent();
  const acts = useActs();
  const atLineup = useLocation().pathname === "/lineup";
  const count = acts === null || acts.length === 0 ? "" : t("lineup.acts", { count: acts.length });
  const here = present === null ? "" : t("here", { count: present });
  const facts = [room?.room.tagline, atLineup ? count : here];
  return (
    <header className={css.top}>
      <div className="grow">
        {atLineup ? <h1 className={`${css.name} one`}>{t("places.lineup")}</h1> : <RoomName />}
        <p className="t-2 one">{facts.filter(Boolean).join(" · ")}</p>
      </div>
      <UploadStatus />
      <InviteButton />
    </header>
  );
}

function InviteButton() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <IconButton label={t("invite.open")} onClick={() => setOpen(true)}>
        <IconQrcode size={20} stroke={1.75} aria-hidden="true" />
      </IconButton>
      <Suspense>{open && <Invite onClose={() => setOpen(false)} />}</Suspense>
    </>
  );
}
