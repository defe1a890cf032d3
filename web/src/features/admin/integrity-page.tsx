import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { type Check, integrity, runChecks } from "@/api/admin.ts";
import { attempt } from "@/api/attempt.ts";
import { useIsAtLeast } from "@/api/hooks.ts";
import { Button } from "@/components/button.tsx";
import { IconAlertCircle, IconCheck, IconClock, IconRefresh } from "@/components/icons.ts";
import { momentOf } from "@/lib/format.ts";
import css from "./admin.module.css";
import { CheckTable } from "./check-table.tsx";
import { Listing } from "./listing.tsx";
import panel from "./panel.module.css";
import { useRefusal } from "./refusal.ts";

const KEY = ["admin", "integrity"];

/** Is everything well: what is promised, recounted, with figures and the time. */
export function IntegrityPage() {
  const queries = useQueryClient();
  const isAdmin = useIsAtLeast("admin");
  const { data, error, refetch } = useQuery({
    queryKey: KEY,
    queryFn: integrity,
    enabled: isAdmin,
  });
  const looking = useMutation({
    mutationFn: (names: string[]) =>
      attempt(async () => {
        const fresh = await runChecks(names);
        queries.setQueryData<Check[]>(KEY, (old) => merged(old, fresh));
      }),
  });
  const { mutate } = looking;
  const hasLooked = useRef(false);
  const isNew = data?.some(({ state }) => state === "never") ?? false;
  useEffect(() => {
    if (!isNew || hasLooked.current) return;
    hasLooked.current = true;
    mutate([]);
  }, [isNew, mutate]);
  return (
    <div className={css.list}>
      <div className={css.scroll}>
        <Listing data={data} error={error} onRetry={refetch}>
          {(checks) => (
            <>
              <Summary checks={checks} busy={looking.isPending} onLook={() => mutate([])} />
              <CheckTable checks={checks} onLook={(name) => mutate([name])} />
            </>
          )}
        </Listing>
      </div>
    </div>
  );
}

function merged(old: Check[] | undefined, fresh: Check[]): Check[] {
  const byName = new Map(fresh.map((check) => [check.name, check]));
  return (old ?? fresh).map((check) => byName.get(check.name) ?? check);
}

interface SummaryProps {
  checks: Check[];
  busy: boolean;
  onLook: () => void;
}

function Summary({ checks, busy, onLook }: SummaryProps) {
  const { t, i18n } = useTranslation();
  const refusal = useRefusal();
  const count = (state: Check["state"]) => checks.filter((check) => check.state === state).length;
  const wrong = count("wrong");
  const unknown = count("unknown");
  const never = count("never");
  const state = wrong > 0 ? "wrong" : unknown + never > 0 ? "unknown" : "well";
  const Icon = { wrong: IconAlertCircle, unknown: IconClock, well: IconCheck }[state];
  const words =
    wrong > 0
      ? t("admin.integrity.wrong", { count: wrong })
      : never > 0
        ? t("admin.integrity.looking")
        : unknown > 0
          ? t("admin.integrity.unknown", { count: unknown })
          : t("admin.integrity.well", { count: checks.length });
  const at = checks.flatMap((check) => (check.at === null ? [] : [check.at])).sort()[0];
  return (
    <div className={panel.summary} data-state={state}>
      <Icon size={28} stroke={1.75} aria-hidden="true" />
      <div className="grow" role="status">
        <p className="t-title">{words}</p>
        {at !== undefined && (
          <p className="t-2">{t("admin.integrity.asOf", { time: momentOf(at, i18n.language) })}</p>
        )}
      </div>
      <Button
        icon={<IconRefresh size={16} stroke={2} aria-hidden="true" />}
        busy={busy}
        refusal={refusal}
        onClick={onLook}
      >
        {t("admin.integrity.look")}
      </Button>
    </div>
  );
}
