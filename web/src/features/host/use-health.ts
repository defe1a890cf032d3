import { useQuery } from "@tanstack/react-query";
import { useIsAtLeast, useRoom } from "@/api/hooks.ts";
import { health } from "@/api/host.ts";

const HERE_MS = 3_000;
const ELSEWHERE_MS = 20_000;

/** How the box is: often while somebody looks at it, now and then for the badge. */
export function useHealth({ here }: { here: boolean }) {
  const isHost = useIsAtLeast("host");
  // What playback says of itself is news of the player: measure again at once.
  const said = useRoom()?.playback.message ?? null;
  return useQuery({
    queryKey: ["health", said],
    queryFn: health,
    enabled: isHost,
    refetchInterval: here ? HERE_MS : ELSEWHERE_MS,
    placeholderData: (before) => before,
    retry: false,
    staleTime: 1_000,
  });
}
