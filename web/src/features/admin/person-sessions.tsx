import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { endSession } from "@/api/account.ts";
import { type Account, endSessionsOf, sessionsOf } from "@/api/admin.ts";
import { attempt } from "@/api/attempt.ts";
import { useIsAtLeast, useUser } from "@/api/hooks.ts";
import { Button } from "@/components/button.tsx";
import { momentOf } from "@/lib/format.ts";
import { Listing } from "./listing.tsx";
import css from "./panel.module.css";
import { useRefusal } from "./refusal.ts";

/** Where somebody is logged in, and the way to end it there. */
export function PersonSessions({ account }: { account: Account }) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const me = useUser();
  const isAdmin = useIsAtLeast("admin");
  const refusal = useRefusal();
  const { data, error, refetch } = useQuery({
    queryKey: ["admin", "sessions", account.id],
    queryFn: () => sessionsOf(account.id),
    enabled: isAdmin,
  });
  const end = async (action: () => Promise<unknown>) => {
    if (await attempt(action)) await queries.invalidateQueries({ queryKey: ["admin"] });
  };
  const everywhere = account.id === me?.id ? "admin.sessions.elsewhere" : "admin.sessions.all";
  const endable = data?.filter(({ current }) => !current) ?? [];
  return (
    <section className={css.group} aria-labelledby="their-sessions">
      <div className={css.groupHead}>
        <h3 className="t-label" id="their-sessions">
          {t("admin.sessions.title")}
        </h3>
        {endable.length > 1 && (
          <Button
            look="quiet"
            size="small"
            refusal={refusal}
            onClick={() => void end(() => endSessionsOf(account.id))}
          >
            {t(everywhere)}
          </Button>
        )}
      </div>
      <Listing data={data} error={error} onRetry={refetch}>
        {(sessions) =>
          sessions.length === 0 ? (
            <p className="t-2">{t("admin.sessions.none")}</p>
          ) : (
            <ul>
              {sessions.map((session) => (
                <li key={session.id} className={css.session}>
                  <span className="grow">
                    <b className="one">{session.device}</b>
                    <span className="t-2">
                      {[
                        session.current
                          ? t("me.thisDevice")
                          : momentOf(session.last_seen_at, i18n.language),
                        session.ip,
                      ]
                        .filter(Boolean)
                        .join(" · ")}
                    </span>
                  </span>
                  {!session.current && (
                    <Button
                      look="outline"
                      size="small"
                      refusal={refusal}
                      aria-label={t("me.logOutThereOf", { device: session.device })}
                      onClick={() => void end(() => endSession(session.id))}
                    >
                      {t("me.logOutThere")}
                    </Button>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Listing>
    </section>
  );
}
