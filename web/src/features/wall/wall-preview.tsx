import i18next from "i18next";
import { useEffect, useMemo, useState } from "react";
import { I18nextProvider } from "react-i18next";
import { useServerNow } from "@/api/clock.ts";
import { useRoom } from "@/api/hooks.ts";
import { useJoinAddress } from "@/api/use-join-address.ts";
import { useActs } from "@/api/use-lineup.ts";
import { loadLanguage } from "@/lib/i18n.ts";
import walls from "./wall.module.css";
import { Wall } from "./wall.tsx";
import css from "./wall-links.module.css";
import type { Wanted } from "./wall-search.ts";

/** The wall as it would be now, in a small box; a picture only, out of reach of keys and readers. */
export function WallPreview({ wanted }: { wanted: Wanted }) {
  const room = useRoom();
  const acts = useActs();
  const now = useServerNow(1_000);
  const address = useJoinAddress();
  const words = useMemo(() => i18next.cloneInstance(), []);
  const [, setShown] = useState("");
  const { lang } = wanted;
  useEffect(() => {
    void loadLanguage(lang)
      .then(() => words.changeLanguage(lang))
      .then(() => setShown(lang));
  }, [lang, words]);
  return (
    <div className={css.preview} inert aria-hidden="true">
      <div
        // What is drawn on a canvas takes its colours when it is made.
        key={wanted.theme}
        className={walls.stage}
        data-theme={wanted.theme}
        data-transparent={wanted.transparent || undefined}
      >
        {room !== null && (
          <I18nextProvider i18n={words}>
            <Wall
              room={room}
              acts={acts ?? []}
              now={now}
              time={now}
              asOf={null}
              panels={wanted.panels}
              address={address ?? null}
            />
          </I18nextProvider>
        )}
      </div>
    </div>
  );
}
