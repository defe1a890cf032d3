import { useDebouncedValue } from "@mantine/hooks";
import { type ReactNode, type RefObject, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/components/button.tsx";
import { IconSearch, IconX } from "@/components/icons.ts";
import css from "./add-sheet.module.css";
import { Hits } from "./hits.tsx";
import { Latest } from "./latest.tsx";

interface Props {
  ownFiles: ReactNode;
  onChoose: () => void;
}

/** What is here already, found by a few letters. */
export function Library({ ownFiles, onChoose }: Props) {
  const { t } = useTranslation();
  const [words, setWords] = useState("");
  const [query] = useDebouncedValue(words.trim(), 200);
  const field = useRef<HTMLInputElement>(null);
  const body = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is found stands at the top.
  useEffect(() => void body.current?.scrollTo(0, 0), [query]);
  return (
    <>
      <SearchField
        words={words}
        field={field}
        onWords={setWords}
        onClear={() => {
          setWords("");
          field.current?.focus();
        }}
      />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard. */}
      <div ref={body} className={css.body} tabIndex={0} role="group" aria-label={t("add.found")}>
        <section aria-label={t("add.library")}>
          {query === "" ? <Latest /> : <Hits query={query} onChoose={onChoose} />}
        </section>
        {ownFiles}
      </div>
    </>
  );
}

interface FieldProps {
  words: string;
  field: RefObject<HTMLInputElement | null>;
  onWords: (words: string) => void;
  onClear: () => void;
}

/** As many as the service looks for. */
const LONGEST_QUERY = 200;

function SearchField({ words, field, onWords, onClear }: FieldProps) {
  const { t } = useTranslation();
  return (
    <div className={css.field}>
      <IconSearch size={20} stroke={1.75} aria-hidden="true" />
      <input
        ref={field}
        type="search"
        data-autofocus
        value={words}
        onChange={(event) => onWords(event.target.value)}
        placeholder={t("add.placeholder")}
        aria-label={t("add.search")}
        autoComplete="off"
        enterKeyHint="search"
        maxLength={LONGEST_QUERY}
        dir="auto"
      />
      {words !== "" && (
        <IconButton label={t("add.clear")} onClick={onClear}>
          <IconX size={16} stroke={2} aria-hidden="true" />
        </IconButton>
      )}
    </div>
  );
}
