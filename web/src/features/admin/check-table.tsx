import { useQueryClient } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { type Check, repair } from "@/api/admin.ts";
import { attempt } from "@/api/attempt.ts";
import { Button, IconButton } from "@/components/button.tsx";
import { IconAlertCircle, IconCheck, IconClock, IconRefresh } from "@/components/icons.ts";
import { momentOf } from "@/lib/format.ts";
import { useIsPhone } from "@/lib/use-is-phone.ts";
import css from "./admin.module.css";
import panel from "./panel.module.css";
import { useRefusal } from "./refusal.ts";

const ICONS = {
  well: IconCheck,
  wrong: IconAlertCircle,
  unknown: IconClock,
  never: IconClock,
};

const KINDS = [
  "admins",
  "sessions",
  "audit",
  "keys",
  "outbox",
  "migrations",
  "playing",
  "order",
  "tracks",
  "votes",
  "tallies",
  "people",
  "closed",
  "lineup",
  "pending",
  "files",
  "strays",
  "log",
  "readers",
  "parked",
  "jobs",
] as const;

const SERVICES = ["identity", "jukebox", "lineup", "scores", "log", "jobs"] as const;

/** Every promise with its figures; one that does not hold shows why, and what mends it. */
export function CheckTable({
  checks,
  onLook,
}: {
  checks: Check[];
  onLook: (name: string) => void;
}) {
  const { t, i18n } = useTranslation();
  const refusal = useRefusal();
  const isPhone = useIsPhone();
  const figure = new Intl.NumberFormat(i18n.language);
  return (
    <table className={css.table}>
      <colgroup>
        <col style={{ width: isPhone ? 48 : 156 }} />
        <col />
        <col className={css.deskOnly} style={{ width: 104 }} />
        <col className={css.deskOnly} style={{ width: 104 }} />
        <col className={css.deskOnly} style={{ width: 148 }} />
        <col style={{ width: 72 }} />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">
            <span className={isPhone ? "vh" : undefined}>{t("admin.integrity.state")}</span>
          </th>
          <th scope="col">{t("admin.integrity.proves")}</th>
          <th scope="col" className={css.deskOnly}>
            {t("admin.integrity.of")}
          </th>
          <th scope="col" className={`${css.right} ${css.deskOnly}`}>
            {t("admin.integrity.counted")}
          </th>
          <th scope="col" className={`${css.right} ${css.deskOnly}`}>
            {t("admin.integrity.at")}
          </th>
          <th scope="col">
            <span className="vh">{t("admin.integrity.look")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {checks.map((check) => {
          const Icon = ICONS[check.state];
          const promise = promiseOf(check, t);
          const isOff = check.state === "wrong" || check.state === "unknown";
          return (
            <Fragment key={check.name}>
              <tr data-check={check.name}>
                <td>
                  <span className={css.state} data-state={check.state}>
                    <Icon size={16} stroke={2} aria-hidden="true" />
                    <span className={isPhone ? "vh" : undefined}>
                      {t(`admin.integrity.states.${check.state}`)}
                    </span>
                  </span>
                </td>
                <td className={`${css.what} ${css.wrap}`}>{promise}</td>
                <td className={css.deskOnly}>{serviceOf(check, t)}</td>
                <td className={`${css.right} ${css.deskOnly}`}>
                  {check.at === null ? "" : figure.format(check.counted)}
                </td>
                <td className={`${css.right} ${css.deskOnly}`}>
                  {check.at === null ? "" : momentOf(check.at, i18n.language)}
                </td>
                <td className={css.right}>
                  <IconButton
                    label={t("admin.integrity.lookAt", { promise })}
                    refusal={refusal}
                    onClick={() => onLook(check.name)}
                  >
                    <IconRefresh size={16} stroke={2} aria-hidden="true" />
                  </IconButton>
                </td>
              </tr>
              {isOff && (
                <tr>
                  <td colSpan={isPhone ? 3 : 6} className={css.wrap}>
                    <Evidence check={check} />
                  </td>
                </tr>
              )}
            </Fragment>
          );
        })}
      </tbody>
    </table>
  );
}

function promiseOf(check: Check, t: TFunction): string {
  const kind = KINDS.find((one) => check.name.endsWith(`.${one}`));
  return kind === undefined ? check.proves : t(`admin.integrity.checks.${kind}`);
}

function serviceOf(check: Check, t: TFunction): string {
  const service = SERVICES.find((one) => check.name.startsWith(`${one}.`));
  return service === undefined ? check.name : t(`admin.services.${service}`);
}

function Evidence({ check }: { check: Check }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const refusal = useRefusal();
  const lines = check.why === "" ? check.evidence : [check.why];
  const mend = () =>
    attempt(async () => {
      await repair(check.name);
      await queries.invalidateQueries({ queryKey: ["admin", "integrity"] });
    });
  return (
    <div className={panel.form}>
      <div className={`${panel.evidence} ${panel.mono}`} lang="en">
        {lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
        {check.wrong > lines.length && (
          <p>{t("admin.integrity.moreWrong", { count: check.wrong - lines.length })}</p>
        )}
      </div>
      <div className="line">
        {check.repairable ? (
          <Button size="small" refusal={refusal} onClick={() => void mend()}>
            {t(check.name.endsWith(".jobs") ? "admin.integrity.again" : "admin.integrity.recount")}
          </Button>
        ) : (
          <p className="t-2">
            {t("admin.integrity.mend")} <code className={panel.mono}>{check.mend}</code>
          </p>
        )}
      </div>
    </div>
  );
}
