import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { usePersonal, useUser } from "@/api/hooks.ts";
import type { Person, QueueItem, RoomDocument } from "@/api/types.ts";
import { Avatar } from "@/components/avatar.tsx";
import { useNoTime } from "@/components/use-start.ts";
import { clockTime } from "@/lib/format.ts";
import css from "./host.module.css";
import { useRowsThatFit } from "./use-rows-that-fit.ts";

const ROW_PX = 56;

interface Waiting {
  person: Person;
  songs: number;
  next: QueueItem;
}

/** Who waits, in the order in which their next songs come. */
export function whoWaits(items: readonly QueueItem[]): Waiting[] {
  const found = new Map<number, Waiting>();
  for (const item of items) {
    if (item.state === "failed" || item.state === "playing") continue;
    const known = found.get(item.added_by.id);
    if (known === undefined) {
      found.set(item.added_by.id, { person: item.added_by, songs: 1, next: item });
    } else {
      known.songs += 1;
    }
  }
  return [...found.values()];
}

/** How many are here, and whose songs come next. */
export function PeoplePanel({ room }: { room: RoomDocument }) {
  const { t } = useTranslation();
  const { present } = usePersonal();
  const waiting = whoWaits(room.items);
  const box = useRef<HTMLDivElement>(null);
  const rows = useRowsThatFit(box, ROW_PX, 4);
  return (
    <section className={css.people} aria-labelledby="people">
      <div className={css.head}>
        <h2 id="people">{t("host.people")}</h2>
        <span className="t-2 grow one">
          {present !== null && t("here", { count: present })}
          {waiting.length > 0 && `, ${t("host.waitingPeople", { count: waiting.length })}`}
        </span>
      </div>
      <div ref={box} className={css.fit}>
        {waiting.length === 0 ? (
          <p className={`t-2 ${css.note}`}>{t("host.nobodyWaits")}</p>
        ) : (
          <ul>
            {waiting.slice(0, rows).map((one) => (
              <PersonRow key={one.person.id} {...one} />
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

function PersonRow({ person, songs, next }: Waiting) {
  const { t, i18n } = useTranslation();
  const noTime = useNoTime();
  const user = useUser();
  const at = next.starts_at === null ? null : clockTime(next.starts_at, i18n.language);
  return (
    <li className={css.person}>
      <Avatar name={person.display_name} />
      <span className={css.song}>
        <b className="one">{person.id === user?.id ? t("you") : person.display_name}</b>
        <span className="t-2 one">
          {t("host.songs", { count: songs })}, {next.track.title}
        </span>
      </span>
      <span className="t-2 fig">
        {at === null ? noTime(next) : next.starts_at_exact ? at : t("row.about", { time: at })}
      </span>
    </li>
  );
}
