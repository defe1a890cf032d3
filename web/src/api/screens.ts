import { answered, client } from "./client.ts";
import type { components } from "./schema.d.ts";

export type Screen = components["schemas"]["Screen"];
export type NewScreen = components["schemas"]["NewScreen"];

/** Links that open the wall on a screen without a login; those that work come first. */
export const screens = async (): Promise<Screen[]> =>
  (await answered(client.GET("/api/identity/screens"))).items;

/** Its key is said this once. */
export const makeScreen = (name: string): Promise<NewScreen> =>
  answered(client.POST("/api/identity/screens", { body: { name } }));

const params = (id: number) => ({ path: { screen_id: id } });

export const renameScreen = (id: number, name: string) =>
  answered(
    client.PATCH("/api/identity/screens/{screen_id}", { params: params(id), body: { name } }),
  );

export const revokeScreen = (id: number) =>
  answered(client.DELETE("/api/identity/screens/{screen_id}", { params: params(id) }));
