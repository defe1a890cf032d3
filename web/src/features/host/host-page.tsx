import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { useRoom } from "@/api/hooks.ts";
import { RowSkeletons } from "@/components/skeleton.tsx";
import { AlarmBar } from "./alarm-bar.tsx";
import { HealthPanel } from "./health-panel.tsx";
import css from "./host.module.css";
import { JustChanged } from "./just-changed.tsx";
import { OnNow } from "./on-now.tsx";
import { PeoplePanel } from "./people-panel.tsx";
import { RoomPanel } from "./room-panel.tsx";
import { SongsPanel } from "./songs-panel.tsx";
import { SoundPanel } from "./sound-panel.tsx";
import { StagePanel } from "./stage-panel.tsx";
import { UpNext } from "./up-next.tsx";

/** Everything that whoever runs the evening needs, on one screen. */
export function HostPage() {
  const { t } = useTranslation();
  const room = useRoom();
  const chooser = useRef<HTMLButtonElement>(null);
  const chooseOutput = () => {
    chooser.current?.focus();
    chooser.current?.click();
  };
  const lookAtHealth = () => document.getElementById("health-panel")?.focus();
  return (
    <div className={css.host}>
      <h1 className="vh">{t("host.title")}</h1>
      <AlarmBar onOutput={chooseOutput} onLook={lookAtHealth} />
      {room === null ? (
        <RowSkeletons rows={8} />
      ) : (
        <div className={css.console}>
          <div className={css.first}>
            <UpNext room={room} />
            <JustChanged />
            <RoomPanel room={room} />
          </div>
          <div className={css.second}>
            <OnNow room={room} />
            <StagePanel />
          </div>
          <div className={css.third}>
            <PeoplePanel room={room} />
            <SoundPanel room={room} chooser={chooser} />
            <SongsPanel room={room} />
            <HealthPanel />
          </div>
        </div>
      )}
    </div>
  );
}
