import { Switch, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { entryOptions } from "@/api/account.ts";
import { attempt } from "@/api/attempt.ts";
import { changeRule } from "@/api/host.ts";
import { setRoom } from "@/api/playback.ts";
import type { RoomDocument } from "@/api/types.ts";
import { Button } from "@/components/button.tsx";
import { Sheet } from "@/components/sheet.tsx";
import css from "./host.module.css";
import sheet from "./sheets.module.css";

/** What the room is called, and who may add to it. */
export function RoomPanel({ room }: { room: RoomDocument }) {
  const { t } = useTranslation();
  const [naming, setNaming] = useState(false);
  const { open } = room.policy;
  const options = useQuery({
    queryKey: ["entry-options"],
    queryFn: entryOptions,
    staleTime: 60_000,
  });
  const guests = options.data?.guests;
  return (
    <section className={css.panel} aria-labelledby="room">
      <div className={css.head}>
        <h2 className="grow" id="room">
          {t("host.room")}
        </h2>
        <button type="button" className={css.text} onClick={() => setNaming(true)}>
          {t("host.rename")}
        </button>
      </div>
      <div className={css.setting}>
        <span className="grow">
          <b className="one">{t("host.open")}</b>
          <span className="t-2 one">{open ? t("host.openHelp") : t("rule.closedHow")}</span>
        </span>
        <Switch
          aria-label={t("host.open")}
          checked={open}
          onChange={(event) => {
            const wanted = event.currentTarget.checked;
            void attempt(() => changeRule({ open: wanted }));
          }}
        />
      </div>
      {guests !== undefined && (
        <p className={`t-2 ${css.fact}`}>{guests ? t("host.guestsJoin") : t("host.noGuests")}</p>
      )}
      {naming && <NameSheet room={room.room} onClose={() => setNaming(false)} />}
    </section>
  );
}

function NameSheet({ room, onClose }: { room: RoomDocument["room"]; onClose: () => void }) {
  const { t } = useTranslation();
  const [facts, setFacts] = useState(room);
  const save = async () => {
    if (await attempt(() => setRoom(facts))) onClose();
  };
  return (
    <Sheet label={t("host.room")} onClose={onClose}>
      <form
        className={sheet.sheet}
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <h2 className="t-title">{t("host.room")}</h2>
        <div className={sheet.fields}>
          <TextInput
            label={t("host.name")}
            value={facts.name}
            required
            maxLength={80}
            withAsterisk={false}
            data-autofocus
            onChange={(event) => setFacts({ ...facts, name: event.currentTarget.value })}
          />
          <TextInput
            label={t("host.tagline")}
            value={facts.tagline}
            maxLength={160}
            onChange={(event) => setFacts({ ...facts, tagline: event.currentTarget.value })}
          />
        </div>
        <div className={sheet.foot}>
          <Button look="main" type="submit">
            {t("save")}
          </Button>
          <Button onClick={onClose}>{t("close")}</Button>
        </div>
      </form>
    </Sheet>
  );
}
