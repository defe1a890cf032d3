import { answered, client } from "./client.ts";
import type { components } from "./schema.d.ts";
import type { Role } from "./types.ts";

type Schemas = components["schemas"];

export type Account = Omit<Schemas["UserRow"], "role"> & { role: Role };
export type AccountRole = Exclude<Role, "guest">;
export type AuditEntry = Schemas["AuditEntry"];
export type Setting = Schemas["Setting"];
export type Check = Schemas["CheckView"];
export type OneTimeLink = Schemas["ResetLink"];

export interface PeopleFilter {
  query?: string;
  role?: AccountRole;
  guests: boolean;
  disabled?: boolean;
}

const PEOPLE = "/api/identity/users";

export async function people(filter: PeopleFilter, cursor: string | null) {
  const query = { ...filter, limit: 50, ...(cursor === null ? {} : { cursor: Number(cursor) }) };
  const page = await answered(client.GET(PEOPLE, { params: { query } }));
  return { ...page, items: page.items as Account[] };
}

export const peopleCounts = () => answered(client.GET(`${PEOPLE}/counts`));

const of = (user_id: number) => ({ params: { path: { user_id } } });

export const person = async (id: number): Promise<Account> =>
  (await answered(client.GET(`${PEOPLE}/{user_id}`, of(id)))) as Account;

export const change = (id: number, body: { role?: AccountRole; disabled?: boolean }) =>
  answered(client.PATCH(`${PEOPLE}/{user_id}`, { ...of(id), body }));

export const invite = (body: { username: string; display_name?: string; role: AccountRole }) =>
  answered(client.POST(PEOPLE, { body }));

export const resetLink = (id: number) =>
  answered(client.POST(`${PEOPLE}/{user_id}/reset-link`, of(id)));

export const sessionsOf = async (id: number) =>
  (await answered(client.GET(`${PEOPLE}/{user_id}/sessions`, of(id)))).items;

export const endSessionsOf = (id: number) =>
  answered(client.DELETE(`${PEOPLE}/{user_id}/sessions`, of(id)));

export const forgetGuests = async () =>
  (await answered(client.DELETE(`${PEOPLE}/guests`))).forgotten;

export interface AuditFilter {
  about?: number;
  action?: string[];
  since?: string;
}

export interface AuditPlace {
  cursor?: number;
  after?: number;
}

export const audit = (filter: AuditFilter, place: AuditPlace) =>
  answered(
    client.GET("/api/identity/audit", { params: { query: { ...filter, ...place, limit: 50 } } }),
  );

/** Everything that matches, as a file. */
export const exportAudit = (filter: AuditFilter, format: "csv" | "json"): Promise<Blob> =>
  answered(
    client.GET("/api/identity/audit/export", {
      params: { query: { ...filter, format } },
      parseAs: "blob",
    }),
  ) as Promise<Blob>;

export const settings = async (): Promise<Setting[]> =>
  (await answered(client.GET("/api/settings"))).items;

export const integrity = async (): Promise<Check[]> =>
  (await answered(client.GET("/api/integrity"))).items;

export const runChecks = async (names: string[] = []): Promise<Check[]> =>
  (
    await answered(
      client.POST("/api/integrity/run", {
        params: { query: names.length === 0 ? {} : { name: names } },
      }),
    )
  ).items;

export const repair = (name: string) =>
  answered(client.POST("/api/integrity/{name}/repair", { params: { path: { name } } }));

export const backups = () => answered(client.GET("/api/backups"));
export const makeBackup = () => answered(client.POST("/api/backups"));

export type DeadLetter = Schemas["DeadLetterView"];
export type DeadLetterDetail = Schemas["DeadLetterDetail"];
export type Decision = NonNullable<DeadLetter["decision"]>;

const DEAD_LETTERS = "/api/dead-letters";

export const deadLetters = (cursor: string | null) =>
  answered(client.GET(DEAD_LETTERS, { params: { query: cursor === null ? {} : { cursor } } }));

const letter = (letter_id: string) => ({ params: { path: { letter_id } } });

export const deadLetter = (id: string): Promise<DeadLetterDetail> =>
  answered(client.GET(`${DEAD_LETTERS}/{letter_id}`, letter(id)));

/** Leaves a mark for the service, which acts within a second. */
export const decideDeadLetter = (id: string, decision: Decision): Promise<DeadLetter> =>
  decision === "replay"
    ? answered(client.POST(`${DEAD_LETTERS}/{letter_id}/replay`, letter(id)))
    : answered(client.DELETE(`${DEAD_LETTERS}/{letter_id}`, letter(id)));
