/** One change of an RFC 6902 document; the operations our feeds send. */
export type Change =
  | { op: "add" | "replace" | "test"; path: string; value: unknown }
  | { op: "remove"; path: string }
  | { op: "move" | "copy"; path: string; from: string };

export class PatchError extends Error {
  override name = "PatchError";
}

type Node = Record<string, unknown> | unknown[];

/**
 * The document after `changes`; the original is left as it was.
 *
 * Everything the changes do not touch keeps its identity, so that React renders only the rows
 * that differ.
 *
 * @throws PatchError if a path does not exist: the document is then not the one the changes
 * were made for, and has to be fetched again.
 */
export function applyChanges<T>(document: T, changes: readonly Change[]): T {
  let next: unknown = document;
  for (const change of changes) next = applyOne(next, change);
  return next as T;
}

function applyOne(document: unknown, change: Change): unknown {
  switch (change.op) {
    case "add":
      return edit(document, parse(change.path), (parent, key) => insert(parent, key, change.value));
    case "replace":
      read(document, parse(change.path));
      return edit(document, parse(change.path), (parent, key) => assign(parent, key, change.value));
    case "remove":
      return edit(document, parse(change.path), take);
    case "move": {
      const value = read(document, parse(change.from));
      const without = edit(document, parse(change.from), take);
      return edit(without, parse(change.path), (parent, key) => insert(parent, key, value));
    }
    case "copy": {
      const value = read(document, parse(change.from));
      return edit(document, parse(change.path), (parent, key) => insert(parent, key, value));
    }
    case "test":
      if (JSON.stringify(read(document, parse(change.path))) !== JSON.stringify(change.value)) {
        throw new PatchError(`${change.path} is not as expected`);
      }
      return document;
    default:
      throw new PatchError(`unknown operation ${(change as { op: string }).op}`);
  }
}

function parse(pointer: string): string[] {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) throw new PatchError(`${pointer} is not a JSON pointer`);
  return pointer
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function read(document: unknown, path: string[]): unknown {
  let value = document;
  for (const key of path) {
    if (Array.isArray(value)) value = value[index(value, key, value.length - 1)];
    else if (isObject(value) && Object.hasOwn(value, key)) value = value[key];
    else throw new PatchError(`nothing at /${path.join("/")}`);
  }
  return value;
}

/** A copy of `document` in which only the nodes on the way to `path` are new. */
function edit(
  document: unknown,
  path: string[],
  change: (parent: Node, key: string) => void,
): unknown {
  const [key, ...rest] = path;
  if (key === undefined) {
    const box: Record<string, unknown> = { "": document };
    change(box, "");
    return box[""];
  }
  const copy = shallow(document, path);
  if (rest.length === 0) {
    change(copy, key);
  } else if (Array.isArray(copy)) {
    const at = index(copy, key, copy.length - 1);
    copy[at] = edit(copy[at], rest, change);
  } else {
    if (!Object.hasOwn(copy, key)) throw new PatchError(`nothing at ${key}`);
    copy[key] = edit(copy[key], rest, change);
  }
  return copy;
}

function shallow(value: unknown, path: string[]): Node {
  if (Array.isArray(value)) return [...value];
  if (isObject(value)) return { ...value };
  throw new PatchError(`nothing to change at /${path.join("/")}`);
}

function insert(parent: Node, key: string, value: unknown): void {
  if (Array.isArray(parent)) {
    parent.splice(key === "-" ? parent.length : index(parent, key, parent.length), 0, value);
  } else {
    parent[key] = value;
  }
}

function assign(parent: Node, key: string, value: unknown): void {
  if (Array.isArray(parent)) parent[index(parent, key, parent.length - 1)] = value;
  else parent[key] = value;
}

function take(parent: Node, key: string): void {
  if (Array.isArray(parent)) {
    parent.splice(index(parent, key, parent.length - 1), 1);
  } else {
    if (!Object.hasOwn(parent, key)) throw new PatchError(`nothing at ${key}`);
    delete parent[key];
  }
}

function index(list: unknown[], key: string, last: number): number {
  const at = Number(key);
  if (!/^(0|[1-9]\d*)$/.test(key) || at > last) {
    throw new PatchError(`no place ${key} in a list of ${list.length}`);
  }
  return at;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
