import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { endOtherSessions, endSession, sessions } from "@/api/account.ts";
import { attempt, sentenceOf } from "@/api/attempt.ts";
import type { Session } from "@/api/types.ts";
import { Button } from "@/components/button.tsx";
import { Empty } from "@/components/empty.tsx";
import { RowSkeletons } from "@/components/skeleton.tsx";
import { dateTime } from "@/lib/format.ts";
import css from "./me.module.css";

const KEY = ["sessions"];

/** Where one is logged in, and the way to end it there. */
export function Sessions() {
  const { t } = useTranslation();
  const { data, error, isPending, refetch } = useQuery({ queryKey: KEY, queryFn: sessions });
  const others = data?.filter(({ current }) => !current).length ?? 0;
  const endOthers = async () => {
    await attempt(endOtherSessions);
    await refetch();
  };
  return (
    <section className={css.group} aria-labelledby="sessions">
      <h2 className="t-label" id="sessions">
        {t("me.sessions")}
      </h2>
      {isPending && <RowSkeletons rows={2} />}
      {error !== null && (
        <Empty text={sentenceOf(error)}>
          <Button onClick={() => void refetch()}>{t("again")}</Button>
        </Empty>
      )}
      <ul>
        {data?.map((session) => (
          <SessionRow key={session.id} session={session} />
        ))}
      </ul>
      {others > 1 && (
        <div>
          <Button onClick={() => void endOthers()}>
            {t("me.logOutOthers", { count: others })}
          </Button>
        </div>
      )}
    </section>
  );
}

function SessionRow({ session }: { session: Session }) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const device = deviceOf(session.user_agent) || t("me.unknownDevice");
  const end = async () => {
    if (await attempt(() => endSession(session.id))) {
      await queries.invalidateQueries({ queryKey: KEY });
    }
  };
  return (
    <li className={css.session}>
      <span>
        <b>{device}</b>
        <span className="t-2">
          {session.current ? (
            <span className={css.here}>{t("me.thisDevice")}</span>
          ) : (
            t("me.lastSeen", { time: dateTime(session.last_seen_at, i18n.language) })
          )}
          {session.ip ? ` · ${session.ip}` : ""}
        </span>
      </span>
      {!session.current && (
        <Button
          look="outline"
          size="small"
          aria-label={t("me.logOutThereOf", { device })}
          onClick={() => void end()}
        >
          {t("me.logOutThere")}
        </Button>
      )}
    </li>
  );
}

const BROWSERS = ["Edg", "OPR", "FxiOS", "Firefox", "CriOS", "Chrome", "Safari"];
const SYSTEMS = ["Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux"];
const SHOWN: Record<string, string> = {
  Edg: "Edge",
  OPR: "Opera",
  FxiOS: "Firefox",
  CriOS: "Chrome",
  "Mac OS X": "macOS",
};

/** The browser and the system that a session says it runs on: good enough to tell them apart. */
function deviceOf(userAgent: string): string {
  const found = [BROWSERS, SYSTEMS].map((names) => names.find((name) => userAgent.includes(name)));
  return found
    .filter((name) => name !== undefined)
    .map((name) => SHOWN[name] ?? name)
    .join(", ");
}
