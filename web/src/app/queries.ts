import { QueryClient } from "@tanstack/react-query";
import { Problem } from "@/api/problem.ts";

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // A refusal stays a refusal; only what did not arrive is tried again.
      retry: (count, error) => count < 2 && !(error instanceof Problem && error.status < 500),
    },
  },
});
