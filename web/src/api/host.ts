import { answered, client } from "./client.ts";
import { live, optimistically } from "./room.ts";
import type { components } from "./schema.d.ts";
import type { Page, Policy } from "./types.ts";

type Schemas = components["schemas"];

export type Health = Schemas["BoxHealth"];
export type HealthPart = Schemas["PartHealth"];
export type Outputs = Schemas["Outputs"];
export type OutputDevice = Schemas["OutputDevice"];
export type ToneAnswer = Schemas["TestTone"];
export type Silence = Schemas["Silence"];
export type Change = Schemas["ChangeView"];

/** How every part of the box is, measured at this moment. */
export const health = (): Promise<Health> => answered(client.GET("/api/health"));

/** Where sound goes and where it could go. */
export const outputs = (): Promise<Outputs> =>
  answered(client.GET("/api/jukebox/playback/outputs"));

export const setOutput = (device: string) =>
  answered(client.PUT("/api/jukebox/playback/output", { body: { device } }));

export const setCrossfade = (seconds: number) =>
  answered(client.PUT("/api/jukebox/playback/crossfade", { body: { seconds } }));

/** A second of tone; the answer says whether anybody can hear it. */
export const playTestTone = (): Promise<ToneAnswer> =>
  answered(client.POST("/api/jukebox/playback/test-tone"));

/** What people did, latest first. */
export async function changes(limit: number, cursor?: string): Promise<Page<Change>> {
  const params = { query: { limit, ...(cursor !== undefined && { cursor: Number(cursor) }) } };
  return (await answered(client.GET("/api/jukebox/queue/changes", { params }))) as Page<Change>;
}

/** Puts back what somebody removed or moved. */
export const undoChange = (id: number) =>
  answered(
    client.POST("/api/jukebox/queue/changes/{change_id}/undo", {
      params: { path: { change_id: id } },
    }),
  );

/** The rule as it is to be, shown at once. */
export const changeRule = (part: Partial<Policy>) =>
  optimistically(
    (room) => ({ ...room, policy: { ...room.policy, ...part } }),
    async () => {
      const before = live.state.get().revision;
      await answered(client.PUT("/api/jukebox/queue/policy", { body: part }));
      // The answer is the rule alone; the feed tells it one revision later at the latest.
      return { revision: before + 1 };
    },
  );
