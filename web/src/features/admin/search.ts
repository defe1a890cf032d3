/** What the address of a page of Admin says beside its path: filters survive a reload and a link. */

export const SHOWN = ["accounts", "admins", "hosts", "listeners", "disabled", "guests"] as const;
export type Shown = (typeof SHOWN)[number];

export interface PeopleSearch {
  show?: Shown | undefined;
  q?: string | undefined;
  user?: number | undefined;
}

export const WHAT = ["logins", "people", "sessions", "passwords", "screens"] as const;
export type What = (typeof WHAT)[number];

export const WHEN = ["today", "week", "month"] as const;
export type When = (typeof WHEN)[number];

export interface AuditSearch {
  what?: What | undefined;
  when?: When | undefined;
  about?: number | undefined;
  cursor?: number | undefined;
  after?: number | undefined;
}

type Given = Record<string, unknown>;

const isOne = <T extends string>(values: readonly T[], value: unknown): value is T =>
  values.includes(value as T);

const count = (value: unknown): number | undefined => {
  const number = Number(value);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
};

/** Only what is there, so that the address stays short. */
function given<T extends object>(values: T): T {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== ""),
  ) as T;
}

export const peopleSearch = ({ show, q, user }: Given): PeopleSearch =>
  given({
    show: isOne(SHOWN, show) ? show : undefined,
    q: q === undefined ? undefined : String(q).slice(0, 100),
    user: count(user),
  });

export const auditSearch = ({ what, when, about, cursor, after }: Given): AuditSearch =>
  given({
    what: isOne(WHAT, what) ? what : undefined,
    when: isOne(WHEN, when) ? when : undefined,
    about: count(about),
    cursor: count(cursor),
    after: count(after),
  });
