import { useMediaQuery } from "@mantine/hooks";

export const useIsPhone = (): boolean =>
  useMediaQuery("(max-width: 719.98px)", undefined, { getInitialValueInEffect: false }) ?? false;

/** Wide enough for *Now* to stand beside the queue. */
export const useIsWide = (): boolean =>
  useMediaQuery("(min-width: 1120px)", undefined, { getInitialValueInEffect: false }) ?? true;
