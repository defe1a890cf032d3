import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { backups, makeBackup } from "@/api/admin.ts";
import { attempt } from "@/api/attempt.ts";
import { useIsAtLeast } from "@/api/hooks.ts";
import type { components } from "@/api/schema.d.ts";
import { Button } from "@/components/button.tsx";
import { Empty } from "@/components/empty.tsx";
import { IconAlertCircle, IconArchive } from "@/components/icons.ts";
import { dateTime, fileSize, momentOf } from "@/lib/format.ts";
import { useIsPhone } from "@/lib/use-is-phone.ts";
import css from "./admin.module.css";
import { Listing } from "./listing.tsx";
import panel from "./panel.module.css";
import { useRefusal } from "./refusal.ts";

type Backups = components["schemas"]["Backups"];
const KEY = ["admin", "backups"];
const WATCHED_EVERY_MS = 1_000;

/** Copies of everything: what there is, and one more. */
export function BackupsPage() {
  const isAdmin = useIsAtLeast("admin");
  const { data, error, refetch } = useQuery({
    queryKey: KEY,
    queryFn: backups,
    enabled: isAdmin,
    refetchInterval: ({ state }) => (state.data?.running ? WATCHED_EVERY_MS : false),
  });
  return (
    <div className={css.list}>
      <div className={css.scroll}>
        <Listing data={data} error={error} onRetry={refetch}>
          {(known) => (
            <>
              <Summary known={known} />
              {known.items.length === 0 ? <Nothing /> : <Table known={known} />}
            </>
          )}
        </Listing>
      </div>
    </div>
  );
}

function Nothing() {
  const { t } = useTranslation();
  return (
    <Empty
      icon={<IconArchive size={32} stroke={1.5} aria-hidden="true" />}
      text={t("admin.backups.nothing")}
    />
  );
}

function Summary({ known }: { known: Backups }) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const gone = useRefusal();
  const [last] = known.items;
  const refusal = gone ?? (known.possible === "" ? undefined : t("admin.backups.elsewhere"));
  const make = () =>
    attempt(async () => {
      queries.setQueryData(KEY, await makeBackup());
    });
  return (
    <div className={panel.summary}>
      <IconArchive size={28} stroke={1.75} aria-hidden="true" />
      <div className="grow" role="status">
        <p className="t-title">
          {known.running
            ? t("admin.backups.running")
            : last === undefined
              ? t("admin.backups.never")
              : t("admin.backups.last", { time: momentOf(last.at, i18n.language) })}
        </p>
        <p className="t-2">
          {t("admin.backups.command")} <code className={panel.mono}>{known.command}</code>
        </p>
        {known.failed !== "" && (
          <p className="wrong line tight">
            <IconAlertCircle size={16} stroke={2} aria-hidden="true" />
            <span>
              {t("admin.backups.failed")} <span lang="en">{known.failed}</span>
            </span>
          </p>
        )}
      </div>
      <Button look="main" busy={known.running} refusal={refusal} onClick={() => void make()}>
        {t("admin.backups.make")}
      </Button>
    </div>
  );
}

function Table({ known }: { known: Backups }) {
  const { t, i18n } = useTranslation();
  const isPhone = useIsPhone();
  return (
    <table className={css.table}>
      <colgroup>
        <col style={{ width: isPhone ? 104 : 156 }} />
        <col />
        <col style={{ width: isPhone ? 88 : 112 }} />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">{t("admin.backups.made")}</th>
          <th scope="col">{t("admin.backups.file")}</th>
          <th scope="col" className={css.right}>
            {t("admin.backups.size")}
          </th>
        </tr>
      </thead>
      <tbody>
        {known.items.map((one) => (
          <tr key={one.path} data-off={!one.here}>
            <td>
              <time dateTime={one.at}>{dateTime(one.at, i18n.language)}</time>
            </td>
            <td className={css.wrap}>
              <span className={panel.mono}>{isPhone ? one.name : one.path}</span>
              {!one.here && <p className="t-2">{t("admin.backups.notHere")}</p>}
            </td>
            <td className={css.right}>{fileSize(one.bytes, i18n.language)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
