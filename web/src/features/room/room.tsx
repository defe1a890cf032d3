import { Link } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useIsAtLeast, useRoom, useUser } from "@/api/hooks.ts";
import { upcoming } from "@/api/room.ts";
import type { RoomDocument } from "@/api/types.ts";
import buttons from "@/components/button.module.css";
import { Button } from "@/components/button.tsx";
import { Empty } from "@/components/empty.tsx";
import { IconPlaylist, IconPlus } from "@/components/icons.ts";
import { PanelSkeleton, RowSkeletons } from "@/components/skeleton.tsx";
import { useIsPhone, useIsWide } from "@/lib/use-is-phone.ts";
import { Now } from "./now.tsx";
import { PhoneNow } from "./phone-now.tsx";
import { PlayedList } from "./played-list.tsx";
import { QueueList } from "./queue-list.tsx";
import css from "./room.module.css";
import { Rule } from "./rule.tsx";
import { useRoomKeys } from "./use-room-keys.ts";
import { PhoneYoursNext } from "./yours-next.tsx";

export type RoomTab = "next" | "yours" | "played";

interface Props {
  tab: RoomTab;
  onTab: (tab: RoomTab) => void;
  onAdd: () => void;
}

const KeysHelp = lazy(() =>
  import("./keys-help.tsx").then((module) => ({ default: module.KeysHelp })),
);

/** What plays, what comes, and the way to add to it. */
export function Room(props: Props) {
  const [helping, setHelping] = useState(false);
  useRoomKeys({ add: props.onAdd, help: () => setHelping(true) });
  return (
    <>
      <Screen {...props} />
      <Suspense>{helping && <KeysHelp onClose={() => setHelping(false)} />}</Suspense>
    </>
  );
}

function Screen(props: Props) {
  const room = useRoom();
  const isPhone = useIsPhone();
  const isWide = useIsWide();
  if (room === null) {
    return (
      <div className={css.room}>
        {isWide && <PanelSkeleton />}
        <RowSkeletons rows={8} />
      </div>
    );
  }
  if (isPhone) return <PhoneRoom room={room} {...props} />;
  const { tab, onTab, onAdd } = props;
  return (
    <div className={css.room}>
      {isWide ? (
        <Now room={room} onYours={() => onTab("yours")} />
      ) : (
        <>
          <PhoneNow room={room} />
          <PhoneYoursNext room={room} onYours={() => onTab("yours")} />
        </>
      )}
      <SongsSection>
        <div className={css.head}>
          <TabNav className={css.tabs} room={room} tab={tab} onTab={onTab} />
          <span className="grow" />
          <Rule policy={room.policy} />
          <AddButton onAdd={onAdd} />
        </div>
        <div className={css.scroll}>
          <Songs room={room} tab={tab} phone={false} onAdd={onAdd} />
        </div>
      </SongsSection>
    </div>
  );
}

function SongsSection({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <section className={css.upnext} aria-label={t("room.songs")}>
      {children}
    </section>
  );
}

function PhoneRoom({ room, tab, onTab, onAdd }: Props & { room: RoomDocument }) {
  const { t } = useTranslation();
  return (
    <>
      <PhoneNow room={room} />
      <PhoneYoursNext room={room} onYours={() => onTab("yours")} />
      <section aria-labelledby="songs">
        <div className={css.phoneHead}>
          <div className="grow">
            <h2 className="vh" id="songs">
              {t(`room.${tab}`)}
            </h2>
            <TabNav className={css.phoneTabs} room={room} tab={tab} onTab={onTab} />
            <Rule policy={room.policy} phone />
          </div>
          <AddButton onAdd={onAdd} />
        </div>
        <Songs room={room} tab={tab} phone onAdd={onAdd} />
      </section>
    </>
  );
}

function AddButton({ onAdd }: { onAdd: () => void }) {
  const { t } = useTranslation();
  return (
    <Button
      look="main"
      icon={<IconPlus size={20} stroke={1.75} aria-hidden="true" />}
      onClick={onAdd}
    >
      {t("room.add")}
    </Button>
  );
}

interface TabProps {
  className: string | undefined;
  room: RoomDocument;
  tab: RoomTab;
  onTab: (tab: RoomTab) => void;
}

function TabNav({ className, room, tab, onTab }: TabProps) {
  const { t } = useTranslation();
  const user = useUser();
  const waiting = upcoming(room).filter((item) => item.state !== "failed");
  const counts: Record<RoomTab, number> = {
    next: waiting.length,
    yours: waiting.filter((item) => item.added_by.id === user?.id).length,
    played: room.heard,
  };
  return (
    <nav className={className} aria-label={t("room.which")}>
      {(["next", "yours", "played"] as const).map((name) => (
        <button
          key={name}
          type="button"
          className={css.tab}
          aria-current={name === tab ? "page" : undefined}
          onClick={() => onTab(name)}
        >
          {t(`room.${name}`)} <span>{counts[name]}</span>
        </button>
      ))}
    </nav>
  );
}

interface SongsProps {
  room: RoomDocument;
  tab: RoomTab;
  phone: boolean;
  onAdd: () => void;
}

function Songs({ room, tab, phone, onAdd }: SongsProps) {
  const { t } = useTranslation();
  const user = useUser();
  const isHost = useIsAtLeast("host");
  if (tab === "played") return <PlayedList />;
  const items = upcoming(room);
  const shown = tab === "next" ? items : items.filter((item) => item.added_by.id === user?.id);
  if (shown.length === 0) {
    return (
      <Empty
        icon={<IconPlaylist size={32} stroke={1.5} aria-hidden="true" />}
        text={tab === "next" ? t("room.empty") : t("room.emptyYours")}
      >
        <AddButton onAdd={onAdd} />
        {isHost && room.heard === 0 && (
          <Link to="/welcome" className={buttons.button}>
            {t("welcome.link")}
          </Link>
        )}
      </Empty>
    );
  }
  return (
    <QueueList
      items={items}
      shown={shown}
      label={t(`room.${tab}`)}
      phone={phone}
      onReplace={onAdd}
    />
  );
}
