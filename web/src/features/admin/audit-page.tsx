import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { audit, exportAudit } from "@/api/admin.ts";
import { attempt } from "@/api/attempt.ts";
import { useIsAtLeast } from "@/api/hooks.ts";
import { Button } from "@/components/button.tsx";
import { Empty } from "@/components/empty.tsx";
import { IconArrowLeft, IconArrowRight, IconList } from "@/components/icons.ts";
import { useIsPhone } from "@/lib/use-is-phone.ts";
import css from "./admin.module.css";
import { AuditTable } from "./audit-table.tsx";
import { filterOf } from "./audit-words.ts";
import { Chip, ChoiceChip } from "./chips.tsx";
import { HeadActions } from "./head-actions.tsx";
import { Listing } from "./listing.tsx";
import { type AuditSearch, WHAT, WHEN } from "./search.ts";
import { WhoChip } from "./who-chip.tsx";

const route = getRouteApi("/inside/admin/audit");

/** What was done, by whom, to whom: the newest first. */
export function AuditPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const { what, when, about, cursor, after } = search;
  const navigate = route.useNavigate();
  const isAdmin = useIsAtLeast("admin");
  const isPhone = useIsPhone();
  const narrow = (change: AuditSearch) =>
    void navigate({
      search: (now) => ({ ...now, ...change, cursor: undefined, after: undefined }),
    });
  const filter = filterOf(search);
  const isFirst = cursor === undefined && after === undefined;
  const { data, error, refetch } = useQuery({
    queryKey: ["admin", "audit", what, when, about, cursor, after],
    queryFn: () =>
      audit(filter, {
        ...(cursor === undefined ? {} : { cursor }),
        ...(after === undefined ? {} : { after }),
      }),
    placeholderData: keepPreviousData,
    refetchInterval: isFirst ? 10_000 : false,
    enabled: isAdmin,
  });
  const turn = (place: Pick<AuditSearch, "cursor" | "after">) =>
    void navigate({
      search: (now) => ({ ...now, cursor: undefined, after: undefined, ...place }),
    });
  const older = data?.next_cursor ?? null;
  const newer = data?.newer_cursor ?? null;
  const exporting = (
    <ChoiceChip
      label={t("admin.audit.export.label")}
      value="none"
      choices={[
        { value: "none", label: t("admin.audit.export.label") },
        { value: "csv", label: t("admin.audit.export.csv") },
        { value: "json", label: t("admin.audit.export.json") },
      ]}
      onChoose={(format) => {
        if (format === "csv" || format === "json") {
          void attempt(async () => save(await exportAudit(filter, format), format));
        }
      }}
    />
  );
  return (
    <div className={css.list}>
      {!isPhone && <HeadActions>{exporting}</HeadActions>}
      <div className={css.filters} role="group" aria-label={t("admin.filters")}>
        <Chip on={what === undefined} onPress={() => narrow({ what: undefined })}>
          {t("admin.audit.everything")}
        </Chip>
        {WHAT.map((value) => (
          <Chip key={value} on={value === what} onPress={() => narrow({ what: value })}>
            {t(`admin.audit.what.${value}`)}
          </Chip>
        ))}
        <span className="grow" />
        {isPhone && exporting}
        <WhoChip id={about} onChoose={(id) => narrow({ about: id })} />
        <ChoiceChip
          label={t("admin.audit.whenLabel")}
          value={when ?? "any"}
          on={when !== undefined}
          choices={(["any", ...WHEN] as const).map((value) => ({
            value,
            label: t(`admin.audit.when.${value}`),
          }))}
          onChoose={(value) => narrow({ when: value === "any" ? undefined : value })}
        />
      </div>
      <div className={css.scroll}>
        <Listing data={data} error={error} onRetry={refetch}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty
                icon={<IconList size={32} stroke={1.5} aria-hidden="true" />}
                text={t("admin.audit.nothing")}
              >
                <Button onClick={() => void navigate({ search: {} })}>
                  {t("admin.audit.showAll")}
                </Button>
              </Empty>
            ) : (
              <AuditTable entries={items} />
            )
          }
        </Listing>
        {(older !== null || newer !== null) && (
          <div className={css.more}>
            <Button
              icon={<IconArrowLeft size={16} stroke={2} aria-hidden="true" />}
              refusal={newer === null ? t("admin.audit.newest") : undefined}
              onClick={() => turn({ after: Number(newer) })}
            >
              {t("admin.audit.newer")}
            </Button>
            <Button
              icon={<IconArrowRight size={16} stroke={2} aria-hidden="true" />}
              refusal={older === null ? t("admin.audit.oldest") : undefined}
              onClick={() => turn({ cursor: Number(older) })}
            >
              {t("admin.audit.older")}
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}

function save(file: Blob, format: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `backline-audit.${format}`;
  link.click();
  URL.revokeObjectURL(link.href);
}
