import { TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import { makeScreen, type NewScreen } from "@/api/screens.ts";
import { Button } from "@/components/button.tsx";
import { IconCopy, IconExternalLink } from "@/components/icons.ts";
import { toast } from "@/lib/toasts.ts";
import { LINKS } from "./links.tsx";
import css from "./wall-links.module.css";
import { type Wanted, wallAddress } from "./wall-search.ts";

/** A name for where it hangs, then the address: once. */
export function NewLink({ wanted }: { wanted: Wanted }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [made, setMade] = useState<NewScreen | null>(null);
  const make = async () => {
    setBusy(true);
    const done = await attempt(async () => setMade(await makeScreen(name.trim())));
    setBusy(false);
    if (!done) return;
    setName("");
    await queries.invalidateQueries({ queryKey: LINKS });
  };
  if (made !== null) {
    return <MadeLink made={made} wanted={wanted} onAnother={() => setMade(null)} />;
  }
  return (
    <form
      className={css.new}
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== "") void make();
      }}
    >
      <TextInput
        label={t("wall.links.name")}
        description={t("wall.links.nameHint")}
        value={name}
        maxLength={64}
        autoComplete="off"
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button
        look="main"
        size="tall"
        type="submit"
        busy={isBusy}
        refusal={name.trim() === "" ? t("wall.links.nameFirst") : undefined}
      >
        {t("wall.links.make")}
      </Button>
      <a className="textlink" href={wallAddress(wanted, null)} target="_blank" rel="noopener">
        {t("wall.links.openHere")}
      </a>
    </form>
  );
}

interface MadeProps {
  made: NewScreen;
  wanted: Wanted;
  onAnother: () => void;
}

function MadeLink({ made, wanted, onAnother }: MadeProps) {
  const { t } = useTranslation();
  // What is chosen above goes on changing the address: the key stays the same.
  const address = location.origin + wallAddress(wanted, made.key);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(address);
      toast({ text: t("wall.links.copied"), tone: "plain" });
    } catch {
      toast({ text: t("wall.links.notCopied"), tone: "bad" });
    }
  };
  return (
    <section className={css.made} aria-label={made.name} role="status">
      <p>
        <b>{t("wall.links.made", { name: made.name })}</b>
        <span className="t-2">{t("wall.links.once")}</span>
      </p>
      <TextInput
        aria-label={t("wall.links.address")}
        value={address}
        readOnly
        onFocus={(event) => event.currentTarget.select()}
      />
      <div className={css.acts}>
        <Button
          look="main"
          icon={<IconCopy size={20} stroke={1.75} aria-hidden="true" />}
          onClick={() => void copy()}
        >
          {t("wall.links.copy")}
        </Button>
        <Button
          look="outline"
          icon={<IconExternalLink size={20} stroke={1.75} aria-hidden="true" />}
          onClick={() => window.open(address, "_blank", "noopener")}
        >
          {t("wall.links.open")}
        </Button>
        <Button look="quiet" onClick={onAnother}>
          {t("wall.links.another")}
        </Button>
      </div>
    </section>
  );
}
