import { TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { attempt, sentenceOf } from "@/api/attempt.ts";
import { renameScreen, revokeScreen, type Screen, screens } from "@/api/screens.ts";
import { Button } from "@/components/button.tsx";
import { RowSkeletons } from "@/components/skeleton.tsx";
import { momentOf } from "@/lib/format.ts";
import css from "./wall-links.module.css";

export const LINKS = ["screens"];
const LOOK_AGAIN_MS = 30_000;

/** All links there are: those that work, then those revoked. */
export function Links() {
  const { t } = useTranslation();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: LINKS,
    queryFn: screens,
    refetchInterval: LOOK_AGAIN_MS,
  });
  return (
    <section aria-labelledby="wall-links">
      <h3 className="t-label" id="wall-links">
        {t("wall.links.all")}
      </h3>
      {isPending && <RowSkeletons rows={2} />}
      {error !== null && data === undefined && (
        <p className={css.row}>
          <span>{sentenceOf(error)}</span>
          <Button look="outline" size="small" onClick={() => void refetch()}>
            {t("again")}
          </Button>
        </p>
      )}
      {data?.length === 0 && <p className={`t-2 ${css.none}`}>{t("wall.links.none")}</p>}
      <ul>
        {data?.map((screen) => (
          <Link key={screen.id} screen={screen} />
        ))}
      </ul>
    </section>
  );
}

type Act = "look" | "rename" | "revoke";

function Link({ screen }: { screen: Screen }) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const [act, setAct] = useState<Act>("look");
  const { id, name, made_by, made_at, last_seen_at, revoked_at } = screen;
  const moment = (at: string) => momentOf(at, i18n.language);
  const doIt = async (action: () => Promise<unknown>) => {
    if (await attempt(action)) setAct("look");
    await queries.invalidateQueries({ queryKey: LINKS });
  };
  if (act === "rename") {
    return (
      <Rename
        name={name}
        onDone={(next) =>
          next === null ? setAct("look") : void doIt(() => renameScreen(id, next))
        }
      />
    );
  }
  return (
    <li className={css.row}>
      <div className="grow">
        <p className={`one ${revoked_at === null ? "strong" : css.over}`}>{name}</p>
        <p className="t-2">
          {t("wall.links.madeBy", { name: made_by, time: moment(made_at) })}
          {" · "}
          {revoked_at !== null
            ? t("wall.links.revokedAt", { time: moment(revoked_at) })
            : last_seen_at === null
              ? t("wall.links.neverSeen")
              : t("wall.links.seen", { time: moment(last_seen_at) })}
        </p>
        {act === "revoke" && <p role="alert">{t("wall.links.sure")}</p>}
      </div>
      {revoked_at === null && (
        <div className={css.acts}>
          {act === "revoke" ? (
            <>
              <Button look="danger" size="small" onClick={() => void doIt(() => revokeScreen(id))}>
                {t("wall.links.revoke")}
              </Button>
              <Button look="outline" size="small" autoFocus onClick={() => setAct("look")}>
                {t("wall.links.keep")}
              </Button>
            </>
          ) : (
            <>
              <Button
                look="quiet"
                size="small"
                aria-label={t("wall.links.renameOf", { name })}
                onClick={() => setAct("rename")}
              >
                {t("wall.links.rename")}
              </Button>
              <Button
                look="outline"
                size="small"
                aria-label={t("wall.links.revokeOf", { name })}
                onClick={() => setAct("revoke")}
              >
                {t("wall.links.revoke")}
              </Button>
            </>
          )}
        </div>
      )}
    </li>
  );
}

function Rename({ name, onDone }: { name: string; onDone: (name: string | null) => void }) {
  const { t } = useTranslation();
  const [next, setNext] = useState(name);
  return (
    <li>
      <form
        className={css.row}
        onSubmit={(event) => {
          event.preventDefault();
          const wanted = next.trim();
          onDone(wanted === "" || wanted === name ? null : wanted);
        }}
      >
        <TextInput
          className="grow"
          aria-label={t("wall.links.renameOf", { name })}
          value={next}
          maxLength={64}
          autoFocus
          onChange={(event) => setNext(event.currentTarget.value)}
        />
        <Button type="submit" look="main" size="small">
          {t("save")}
        </Button>
        <Button look="quiet" size="small" onClick={() => onDone(null)}>
          {t("wall.links.cancel")}
        </Button>
      </form>
    </li>
  );
}
