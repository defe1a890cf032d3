import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type DeadLetter, type Decision, deadLetter, decideDeadLetter } from "@/api/admin.ts";
import { Button } from "@/components/button.tsx";
import { momentOf } from "@/lib/format.ts";
import { toast } from "@/lib/toasts.ts";
import { Ask } from "./ask.tsx";
import { Listing } from "./listing.tsx";
import panel from "./panel.module.css";
import { useRefusal } from "./refusal.ts";

export const MESSAGES = ["admin", "messages"];

/** What a message says, why it was set aside, and the two ways out. */
export function MessageDetails({ letter }: { letter: DeadLetter }) {
  const { t, i18n } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: [...MESSAGES, letter.id],
    queryFn: () => deadLetter(letter.id),
  });
  return (
    <Listing data={data} error={error} onRetry={refetch}>
      {({ payload, payload_base64, waiting }) => (
        <div className={panel.form}>
          <dl className={panel.details}>
            <dt>{t("admin.messages.why")}</dt>
            <dd>
              <span className={panel.mono}>{letter.reason}</span>{" "}
              <span lang="en">{letter.detail}</span>
            </dd>
            <dt>{t("admin.messages.group")}</dt>
            <dd>{letter.group}</dd>
            <dt>{t("admin.messages.tried")}</dt>
            <dd>{t("admin.messages.times", { count: letter.attempts })}</dd>
            <dt>{t("admin.messages.happened")}</dt>
            <dd>{momentOf(letter.happened_at, i18n.language)}</dd>
            <dt>{t("admin.messages.says")}</dt>
            <dd>
              <pre className={`${panel.evidence} ${panel.mono} ${panel.payload}`}>
                {payload === null ? payload_base64 : JSON.stringify(payload, null, 2)}
              </pre>
            </dd>
            {waiting.length > 0 && (
              <>
                <dt>{t("admin.messages.then")}</dt>
                <dd>
                  {waiting.map(({ id, type }) => (
                    <p key={id}>{type}</p>
                  ))}
                  {letter.behind > waiting.length && (
                    <p>{t("admin.messages.further", { count: letter.behind - waiting.length })}</p>
                  )}
                </dd>
              </>
            )}
          </dl>
          <Ways letter={letter} />
        </div>
      )}
    </Listing>
  );
}

function Ways({ letter }: { letter: DeadLetter }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const refusal = useRefusal();
  const [asking, setAsking] = useState<Decision | null>(null);
  const decide = async (decision: Decision) => {
    try {
      await decideDeadLetter(letter.id, decision);
      toast({ text: t(`admin.messages.done.${decision}`), tone: "plain" });
    } finally {
      void queries.invalidateQueries({ queryKey: MESSAGES });
    }
  };
  const behind = t("admin.messages.follow", { count: letter.behind });
  return (
    <>
      {letter.decision !== null && (
        <p className="t-2" role="status">
          {t(`admin.messages.decided.${letter.decision}`)}
        </p>
      )}
      <div className={panel.acts}>
        <Button size="small" refusal={refusal} onClick={() => setAsking("replay")}>
          {t("admin.messages.replay.act")}
        </Button>
        <Button size="small" refusal={refusal} onClick={() => setAsking("discard")}>
          {t("admin.messages.discard.act")}
        </Button>
      </div>
      {asking !== null && (
        <Ask
          look={asking === "discard" ? "danger" : "main"}
          title={t(`admin.messages.${asking}.title`)}
          text={`${t(`admin.messages.${asking}.text`)} ${letter.behind > 0 ? behind : ""}`.trim()}
          act={t(`admin.messages.${asking}.act`)}
          onAct={() => decide(asking)}
          onClose={() => setAsking(null)}
        />
      )}
    </>
  );
}
