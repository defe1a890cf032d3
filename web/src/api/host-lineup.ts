import type { Act } from "./acts.ts";
import { answered, client } from "./client.ts";
import type { components } from "./schema.d.ts";

type Schemas = components["schemas"];

/** What a host says of an act; what is left out stays as it is. */
export type ActFacts = Pick<Partial<Schemas["NewEvent"]>, "title" | "description" | "deadline"> & {
  opens_at?: string;
};

export type LineupOptions = Schemas["OptionsView"];

const act = (id: number) => ({ params: { path: { event_id: id } } });

export const announce = (facts: Schemas["NewEvent"]) =>
  answered(client.POST("/api/lineup/events", { body: facts }));

export const changeAct = (id: number, facts: ActFacts) =>
  answered(client.PUT("/api/lineup/events/{event_id}", { ...act(id), body: facts }));

/** Nothing is counted any more from this moment on; that cannot be taken back. */
export const closeAct = (id: number) =>
  answered(client.POST("/api/lineup/events/{event_id}/close", act(id)));

/** Takes an act off the line-up that nobody has scored. */
export const cancelAct = (id: number) =>
  answered(client.DELETE("/api/lineup/events/{event_id}", act(id)));

export const lineupOptions = () => answered(client.GET("/api/lineup/options"));

export const setLineupOptions = (options: Partial<LineupOptions>) =>
  answered(client.PUT("/api/lineup/options", { body: options }));

const MINUTE_MS = 60_000;

/** Gives an open act more time. */
export const addMinutes = ({ id, deadline }: Act, minutes: number) =>
  changeAct(id, { deadline: new Date(Date.parse(deadline) + minutes * MINUTE_MS).toISOString() });

/** Opens an act that was to come, at once; it closes when it was to. */
export const openNow = ({ id }: Act, now: number) =>
  changeAct(id, { opens_at: new Date(now).toISOString() });
