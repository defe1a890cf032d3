import { useRouter } from "@tanstack/react-router";

/** Leads on, once one is in: to where one wanted to go, with its search and all. */
export function useEnter(next: string | undefined): () => void {
  const { history } = useRouter();
  return () => history.push(next ?? "/");
}
