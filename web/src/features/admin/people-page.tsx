import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type PeopleFilter, people, peopleCounts } from "@/api/admin.ts";
import { useIsAtLeast } from "@/api/hooks.ts";
import { Button } from "@/components/button.tsx";
import { IconPlus, IconSearch } from "@/components/icons.ts";
import { Sheet } from "@/components/sheet.tsx";
import { useIsWide } from "@/lib/use-is-phone.ts";
import css from "./admin.module.css";
import { Chip } from "./chips.tsx";
import { ForgetGuests } from "./forget-guests.tsx";
import { HeadActions } from "./head-actions.tsx";
import { Invite } from "./invite.tsx";
import { Listing } from "./listing.tsx";
import { PeopleTable } from "./people-table.tsx";
import { PersonPanel } from "./person-panel.tsx";
import { useRefusal } from "./refusal.ts";
import { type PeopleSearch, SHOWN, type Shown } from "./search.ts";

const route = getRouteApi("/inside/admin/people");

const FILTERS: Record<Shown, PeopleFilter> = {
  accounts: { guests: false },
  admins: { guests: false, role: "admin" },
  hosts: { guests: false, role: "host" },
  listeners: { guests: false, role: "listener" },
  disabled: { guests: false, disabled: true },
  guests: { guests: true },
};

/** Everybody who has been here, and what they may do. */
export function PeoplePage() {
  const { t } = useTranslation();
  const { show = "accounts", q = "", user } = route.useSearch();
  const navigate = route.useNavigate();
  const isWide = useIsWide();
  const isAdmin = useIsAtLeast("admin");
  const refusal = useRefusal();
  const [inviting, setInviting] = useState(false);
  const look = (change: Partial<PeopleSearch>) =>
    void navigate({ search: (now) => ({ ...now, ...change }), replace: "q" in change });

  const counts = useQuery({
    queryKey: ["admin", "counts"],
    queryFn: peopleCounts,
    enabled: isAdmin,
  }).data;
  const listed = useInfiniteQuery({
    queryKey: ["admin", "people", show, q],
    queryFn: ({ pageParam }) => people({ ...FILTERS[show], query: q }, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
    enabled: isAdmin,
  });
  const close = () => look({ user: undefined });
  const panel = user === undefined ? null : <PersonPanel key={user} id={user} onClose={close} />;
  return (
    <div className={css.body}>
      <HeadActions>
        <Search text={q} onText={(text) => look({ q: text || undefined })} />
        {show === "guests" ? (
          <ForgetGuests gone={counts?.gone_guests ?? 0} />
        ) : (
          <Button
            look="main"
            size="small"
            icon={<IconPlus size={16} stroke={2} aria-hidden="true" />}
            refusal={refusal}
            onClick={() => setInviting(true)}
          >
            {t("admin.invite.open")}
          </Button>
        )}
      </HeadActions>
      <div className={css.list}>
        <div className={css.filters} role="group" aria-label={t("admin.filters")}>
          {SHOWN.map((value) => (
            <Chip
              key={value}
              on={value === show}
              count={counts?.[value]}
              onPress={() => look({ show: value === "accounts" ? undefined : value })}
            >
              {t(`admin.people.${value}`)}
            </Chip>
          ))}
        </div>
        <div className={css.scroll}>
          <Listing data={listed.data} error={listed.error} onRetry={listed.refetch}>
            {({ pages }) => (
              <PeopleTable
                people={pages.flatMap(({ items }) => items)}
                chosen={user}
                nobody={q === "" ? t("admin.people.nobody") : t("admin.people.notFound", { q })}
                onChoose={(id) => look({ user: id })}
              />
            )}
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
      {panel !== null &&
        (isWide ? (
          <aside className={css.aside} aria-label={t("admin.person.label")}>
            {panel}
          </aside>
        ) : (
          <Sheet label={t("admin.person.label")} onClose={close}>
            <div className={css.sheet}>{panel}</div>
          </Sheet>
        ))}
      {inviting && <Invite onClose={() => setInviting(false)} />}
    </div>
  );
}

const SETTLES_MS = 200;

/** What is typed shows at once, and is looked for when the typing rests. */
function Search({ text, onText }: { text: string; onText: (text: string) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(text);
  const [rested] = useDebouncedValue(typed, SETTLES_MS);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed looks further.
  useEffect(() => {
    if (rested !== text) onText(rested);
  }, [rested]);
  return (
    <TextInput
      type="search"
      className={css.search ?? ""}
      aria-label={t("admin.people.search")}
      placeholder={t("admin.people.search")}
      leftSection={<IconSearch size={16} stroke={2} aria-hidden="true" />}
      value={typed}
      maxLength={100}
      onChange={(event) => setTyped(event.currentTarget.value)}
    />
  );
}
