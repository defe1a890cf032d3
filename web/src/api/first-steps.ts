import { answered, client } from "./client.ts";
import type { components } from "./schema.d.ts";

export type FirstSteps = components["schemas"]["FirstStepsView"];
export type Demo = components["schemas"]["DemoView"];

export const firstSteps = (signal: AbortSignal) =>
  answered<FirstSteps>(client.GET("/api/jukebox/first-steps", { signal }));

/** Has the room filled with content for trying; `force`: also among people's own songs. */
export const fillWithDemo = (force: boolean) =>
  answered<Demo>(client.POST("/api/jukebox/demo", { body: { force } }));

export const removeDemo = () => answered<Demo>(client.DELETE("/api/jukebox/demo"));
