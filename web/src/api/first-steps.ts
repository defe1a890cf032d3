import { answered, client } from "./client.ts";
import type { components } from "./schema.d.ts";

export type FirstSteps = components["schemas"]["FirstStepsView"];
export type Demo = components["schemas"]["DemoView"];
export type Outputs = components["schemas"]["Outputs"];
export type TestTone = components["schemas"]["TestTone"];

export const firstSteps = (signal: AbortSignal) =>
  answered<FirstSteps>(client.GET("/api/jukebox/first-steps", { signal }));

/** Has the room filled with content for trying; `force`: also among people's own songs. */
export const fillWithDemo = (force: boolean) =>
  answered<Demo>(client.POST("/api/jukebox/demo", { body: { force } }));

export const removeDemo = () => answered<Demo>(client.DELETE("/api/jukebox/demo"));

export const outputs = (signal: AbortSignal) =>
  answered<Outputs>(client.GET("/api/jukebox/playback/outputs", { signal }));

export const chooseOutput = (device: string) =>
  answered(client.PUT("/api/jukebox/playback/output", { body: { device } }));

export const playTestTone = () =>
  answered<TestTone>(client.POST("/api/jukebox/playback/test-tone"));
