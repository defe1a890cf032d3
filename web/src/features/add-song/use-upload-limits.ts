import { useQuery } from "@tanstack/react-query";
import { useUser } from "@/api/hooks.ts";
import * as uploads from "@/api/uploads.ts";

const KEPT_MS = 60_000;

/** What the room takes from this person; undefined until it is known. */
export function useUploadLimits() {
  const user = useUser();
  return useQuery({
    queryKey: ["upload-limits", user?.id, user?.role],
    queryFn: uploads.limits,
    staleTime: KEPT_MS,
  }).data;
}
