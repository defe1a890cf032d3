/** What the tabs of one browser tell one another; a tab never hears itself. */
export interface TabChannel<M> {
  post(message: M): void;
  close(): void;
}

export function openChannel<M>(name: string, hear: (message: M) => void): TabChannel<M> {
  if (typeof BroadcastChannel === "undefined") return { post: () => {}, close: () => {} };
  const channel = new BroadcastChannel(name);
  channel.onmessage = (event) => hear(event.data as M);
  return {
    post: (message) => channel.postMessage(message),
    close: () => channel.close(),
  };
}
