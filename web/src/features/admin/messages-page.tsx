import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type DeadLetter, deadLetters } from "@/api/admin.ts";
import { useIsAtLeast } from "@/api/hooks.ts";
import { Button } from "@/components/button.tsx";
import { Empty } from "@/components/empty.tsx";
import { IconAlertCircle, IconCheck } from "@/components/icons.ts";
import css from "./admin.module.css";
import { Listing } from "./listing.tsx";
import { MESSAGES } from "./message-details.tsx";
import { MessageTable } from "./message-table.tsx";
import panel from "./panel.module.css";

const LOOKED_AT_EVERY_MS = 10_000;
/** A service acts on a decision within a second. */
const WATCHED_EVERY_MS = 1_000;

/** What the services could not handle, and what waits behind it. */
export function MessagesPage() {
  const { t } = useTranslation();
  const isAdmin = useIsAtLeast("admin");
  const listed = useInfiniteQuery({
    queryKey: MESSAGES,
    queryFn: ({ pageParam }) => deadLetters(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ items }) => items.some(({ decision }) => decision !== null))
        ? WATCHED_EVERY_MS
        : LOOKED_AT_EVERY_MS,
    enabled: isAdmin,
  });
  return (
    <div className={css.list}>
      <div className={css.scroll}>
        <Listing data={listed.data} error={listed.error} onRetry={listed.refetch}>
          {({ pages }) => {
            const letters = pages.flatMap(({ items }) => items);
            return letters.length === 0 ? (
              <Empty
                icon={<IconCheck size={32} stroke={1.5} aria-hidden="true" />}
                text={t("admin.messages.nothing")}
              />
            ) : (
              <>
                <Summary letters={letters} more={listed.hasNextPage} />
                <MessageTable letters={letters} />
              </>
            );
          }}
        </Listing>
        {listed.hasNextPage && (
          <div className={css.more}>
            <Button busy={listed.isFetchingNextPage} onClick={() => void listed.fetchNextPage()}>
              {t("more")}
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}

function Summary({ letters, more }: { letters: DeadLetter[]; more: boolean }) {
  const { t } = useTranslation();
  const count = letters.reduce((sum, { behind }) => sum + 1 + behind, 0);
  return (
    <div className={panel.summary} data-state="wrong">
      <IconAlertCircle size={28} stroke={1.75} aria-hidden="true" />
      <div className="grow">
        <p className="t-title" role="status">
          {more ? t("admin.messages.many", { count }) : t("admin.messages.waiting", { count })}
        </p>
        <p className="t-2">{t("admin.messages.so")}</p>
      </div>
    </div>
  );
}
