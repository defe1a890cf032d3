import type { Act } from "@/api/acts.ts";
import { Cover } from "./cover.tsx";

interface Props {
  act: Pick<Act, "title">;
  className?: string | undefined;
}

/** Two tones and a figure from an act's name. */
export const ActCover = ({ act, className }: Props) => (
  <Cover track={{ id: act.title, sha256: "", has_cover: false }} className={className} />
);
