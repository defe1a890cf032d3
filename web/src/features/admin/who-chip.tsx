import { Popover, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { people, person } from "@/api/admin.ts";
import { useIsAtLeast } from "@/api/hooks.ts";
import { IconChevronDown, IconX } from "@/components/icons.ts";
import css from "./admin.module.css";
import who from "./who-chip.module.css";

interface Props {
  id: number | undefined;
  onChoose: (id: number | undefined) => void;
}

/** Whom the log is about; found by a part of the name. */
export function WhoChip({ id, onChoose }: Props) {
  const { t } = useTranslation();
  const isAdmin = useIsAtLeast("admin");
  const [open, setOpen] = useState(false);
  const chosen = useQuery({
    queryKey: ["admin", "person", id],
    queryFn: () => person(id ?? 0),
    enabled: isAdmin && id !== undefined,
  }).data;
  const name = id === undefined ? t("admin.audit.anybody") : (chosen?.display_name ?? `#${id}`);
  return (
    <Popover opened={open} onChange={setOpen} width={280} position="bottom-end" trapFocus>
      <Popover.Target>
        <button
          type="button"
          className={css.chip}
          data-on={id !== undefined}
          aria-haspopup="dialog"
          aria-expanded={open}
          aria-label={`${t("admin.audit.who")}: ${name}`}
          onClick={() => setOpen(!open)}
        >
          <span className="one">{name}</span>
          <IconChevronDown size={16} stroke={2} aria-hidden="true" />
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("admin.audit.who")}>
        <Find
          onChoose={(found) => {
            setOpen(false);
            onChoose(found);
          }}
          clearable={id !== undefined}
        />
      </Popover.Dropdown>
    </Popover>
  );
}

const SETTLES_MS = 200;

function Find({ onChoose, clearable }: Pick<Props, "onChoose"> & { clearable: boolean }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const [query] = useDebouncedValue(typed, SETTLES_MS);
  const found = useQuery({
    queryKey: ["admin", "find", query],
    queryFn: () => people({ guests: false, query }, null),
    placeholderData: keepPreviousData,
  }).data?.items;
  return (
    <div className={who.find}>
      <TextInput
        type="search"
        aria-label={t("admin.people.search")}
        placeholder={t("admin.people.search")}
        value={typed}
        maxLength={100}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <ul className={who.found}>
        {clearable && (
          <li>
            <button type="button" onClick={() => onChoose(undefined)}>
              <IconX size={16} stroke={2} aria-hidden="true" />
              {t("admin.audit.anybody")}
            </button>
          </li>
        )}
        {found?.slice(0, 8).map((account) => (
          <li key={account.id}>
            <button type="button" onClick={() => onChoose(account.id)}>
              <span className="one">{account.display_name}</span>
              <span className="t-2 one">{account.username}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
