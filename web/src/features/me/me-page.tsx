import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import { useUser } from "@/api/hooks.ts";
import { logOut } from "@/api/session.ts";
import { Avatar } from "@/components/avatar.tsx";
import { Button } from "@/components/button.tsx";
import { IconLogout } from "@/components/icons.ts";
import css from "./me.module.css";
import { MyData } from "./my-data.tsx";
import { MyHistory } from "./my-history.tsx";
import { MySongs } from "./my-songs.tsx";
import { Name } from "./name.tsx";
import { Password } from "./password.tsx";
import { Preferences } from "./preferences.tsx";
import { Sessions } from "./sessions.tsx";

/** What is one's own here: songs, what was played of them, and how one is known. */
export function MePage({ children }: { children?: ReactNode }) {
  const { t } = useTranslation();
  const user = useUser();
  if (user === null) return null;
  const isGuest = user.role === "guest";
  return (
    <div className={css.page}>
      <div className={css.who}>
        <Avatar name={user.display_name} />
        <div className="grow">
          <h1 className="t-title one" dir="auto">
            {user.display_name}
          </h1>
          <p className="t-2">
            {[isGuest ? null : user.username, t(`role.${user.role}`)].filter(Boolean).join(" · ")}
          </p>
        </div>
        <Button
          icon={<IconLogout size={16} stroke={2} aria-hidden="true" />}
          onClick={() => void attempt(logOut)}
        >
          {isGuest ? t("me.leave") : t("me.logOut")}
        </Button>
      </div>
      {children}
      {isGuest && (
        <p className={css.hint}>
          {t("me.guest")}{" "}
          <Link to="/register" search={{ next: "/me" }} className="textlink">
            {t("me.makeAccount")}
          </Link>
        </p>
      )}
      <div className={css.columns}>
        <div className={css.column}>
          <MySongs />
          <MyHistory />
        </div>
        <div className={css.column}>
          <Name user={user} />
          <Preferences />
          {!isGuest && <Password />}
          <Sessions />
          <MyData user={user} />
        </div>
      </div>
    </div>
  );
}
