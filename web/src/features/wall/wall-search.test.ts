import { expect, test } from "vitest";
import { keyOf, panelsOf, wallAddress, wallSearch, wantedFrom } from "./wall-search.ts";

test("panels stand in their own order, whatever order was asked for", () => {
  expect(panelsOf("qr,queue")).toEqual(["queue", "qr"]);
  expect(panelsOf(" qr ")).toEqual(["qr"]);
});

test("what is not there yet leaves its place to the others", () => {
  expect(panelsOf("queue,captions")).toEqual(["queue"]);
});

test.each([undefined, "", "captions", "nonsense"])(
  "asked for %j, all there is is shown",
  (show) => {
    expect(panelsOf(show)).toEqual(["queue", "score", "qr"]);
  },
);

test("an address is read with care", () => {
  const search = { show: 7, theme: "pink", lang: "xx", background: "red", token: "x" };

  expect(wallSearch(search)).toEqual({});
  expect(wallSearch({ theme: "light", lang: "ru", background: "transparent" })).toEqual({
    theme: "light",
    lang: "ru",
    background: "transparent",
  });
});

test("the key stands behind the #, where no server ever sees it", () => {
  const address = wallAddress({ ...wantedFrom("ru"), transparent: true }, "a_key-1");

  expect(address).toBe(
    "/wall?show=queue,score,qr&theme=dark&lang=ru&background=transparent#key=a_key-1",
  );
  expect(keyOf("#key=a_key-1")).toBe("a_key-1");
  expect(keyOf("")).toBeNull();
});
