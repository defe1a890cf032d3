import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button.tsx";
import { Page } from "@/components/page.tsx";
import { useWindowTitle } from "@/lib/use-window-title.ts";

export function NotFound() {
  const { t } = useTranslation();
  useWindowTitle(t("wrong.notFound"));
  return (
    <Page title={t("wrong.notFound")} main>
      <p className="t-2">{t("wrong.notFoundHelp")}</p>
      <p>
        <Link to="/" className="textlink alone">
          {t("wrong.toRoom")}
        </Link>
      </p>
    </Page>
  );
}

/** A mistake of ours in drawing the page; the room itself plays on. */
export function Wrong({ error, reset }: { error: unknown; reset: () => void }) {
  const { t } = useTranslation();
  useWindowTitle(t("wrong.title"));
  return (
    <Page title={t("wrong.title")} main>
      <p className="t-2">{t("wrong.help")}</p>
      <p className="t-3">{error instanceof Error ? error.message : String(error)}</p>
      <Button look="main" onClick={reset}>
        {t("again")}
      </Button>
    </Page>
  );
}
