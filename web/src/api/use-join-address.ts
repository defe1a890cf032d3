import { useQuery } from "@tanstack/react-query";
import { entryOptions } from "@/api/account.ts";
import { joinAddress } from "@/lib/join-address.ts";

/** Where QR codes lead; null if phones cannot get there, undefined until that is known. */
export function useJoinAddress(): string | null | undefined {
  const { data } = useQuery({
    queryKey: ["entry-options"],
    queryFn: entryOptions,
    // A wall that came up before the box did asks until it knows.
    retry: true,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data && joinAddress(data, location.origin);
}
