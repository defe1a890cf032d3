import { expect, test } from "vitest";
import { isPrivate, joinAddress, readable } from "./join-address.ts";

const nowhere = { public_url: null, network_url: null };

test("a QR code leads where the box was told that it is", () => {
  const told = { public_url: "https://room.example", network_url: "http://10.0.0.2:8000" };

  expect(joinAddress(told, "http://localhost:8000")).toBe("https://room.example/join");
  expect(joinAddress(told, "http://10.0.0.2:8000")).toBe("https://room.example/join");
});

test("else to where the page came from, if phones can get there", () => {
  const found = { ...nowhere, network_url: "http://10.0.0.2:8000" };

  expect(joinAddress(found, "https://proxied.example")).toBe("https://proxied.example/join");
  expect(joinAddress(found, "http://localhost:8000")).toBe("http://10.0.0.2:8000/join");
});

test.each(["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"])(
  "%s leads nowhere: another machine would look at itself",
  (origin) => {
    expect(joinAddress(nowhere, origin)).toBeNull();
  },
);

test("people read an address without its scheme", () => {
  expect(readable("http://10.0.0.2:8000/join")).toBe("10.0.0.2:8000/join");
  expect(readable("https://room.example/join")).toBe("room.example/join");
  // A browser would try plain HTTP at a port that was typed without a scheme.
  expect(readable("https://room.example:8443/join")).toBe("https://room.example:8443/join");
});

test.each([
  ["http://192.168.1.20:8000/join", true],
  ["http://172.20.0.2/join", true],
  ["http://172.40.0.2/join", false],
  ["http://box.local:8000/join", true],
  ["https://room.example/join", false],
])("whether %s is good in one network only: %s", (address, expected) => {
  expect(isPrivate(address)).toBe(expected);
});
