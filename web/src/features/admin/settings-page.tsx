import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import { entryOptions } from "@/api/account.ts";
import { type Setting, settings } from "@/api/admin.ts";
import { useIsAtLeast, useRoom } from "@/api/hooks.ts";
import { Empty } from "@/components/empty.tsx";
import { IconSearch } from "@/components/icons.ts";
import { useIsPhone } from "@/lib/use-is-phone.ts";
import css from "./admin.module.css";
import { Chip } from "./chips.tsx";
import { Listing } from "./listing.tsx";
import panel from "./panel.module.css";
import { useMeanings } from "./use-meanings.ts";

const SERVICES = ["", "identity", "jukebox", "lineup", "player", "scores"] as const;

/** What the box runs with: what can be changed here and now, and what takes a restart. */
export function SettingsPage() {
  const { t } = useTranslation();
  const isAdmin = useIsAtLeast("admin");
  const [text, setText] = useState("");
  const [changed, setChanged] = useState(false);
  const meanings = useMeanings();
  const { data, error, refetch } = useQuery({
    queryKey: ["admin", "settings"],
    queryFn: settings,
    enabled: isAdmin,
  });
  return (
    <div className={css.list}>
      <div className={css.scroll}>
        <LiveOnes />
        <h2 className={panel.section}>{t("admin.settings.atStart")}</h2>
        <div className={css.filters} role="group" aria-label={t("admin.filters")}>
          <TextInput
            type="search"
            className={css.search ?? ""}
            aria-label={t("admin.settings.search")}
            placeholder={t("admin.settings.search")}
            leftSection={<IconSearch size={16} stroke={2} aria-hidden="true" />}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Chip on={!changed} onPress={() => setChanged(false)}>
            {t("admin.settings.all")}
          </Chip>
          <Chip on={changed} onPress={() => setChanged(true)}>
            {t("admin.settings.changed")}
          </Chip>
        </div>
        <Listing data={data} error={error} onRetry={refetch}>
          {(all) => {
            const wanted = text.trim().toLowerCase();
            const shown = all.filter(
              (one) =>
                (!changed || one.origin === "environment") &&
                `${one.name} ${meanings(one)}`.toLowerCase().includes(wanted),
            );
            return shown.length === 0 ? (
              <Empty text={t(changed ? "admin.settings.noneChanged" : "admin.settings.none")} />
            ) : (
              <SettingsTable settings={shown} meanings={meanings} />
            );
          }}
        </Listing>
      </div>
    </div>
  );
}

/** What hosts change while the room runs. */
function LiveOnes() {
  const { t } = useTranslation();
  const room = useRoom();
  const options = useQuery({ queryKey: ["options"], queryFn: entryOptions }).data;
  const yes = (on: boolean) => t(on ? "admin.settings.yes" : "admin.settings.no");
  const live = room && [
    [t("host.name"), room.room.name],
    [t("rule.title"), t(`rule.${room.policy.kind}.name`)],
    [t("host.open"), yes(room.policy.open)],
  ];
  const atStart = options && [
    [t("admin.settings.registration"), yes(options.registration), "IDENTITY_REGISTRATION"],
    [t("admin.settings.guests"), yes(options.guests), "IDENTITY_GUESTS"],
  ];
  return (
    <section aria-labelledby="live-settings">
      <h2 className={panel.section} id="live-settings">
        {t("admin.settings.live")}
      </h2>
      {live?.map(([name, value]) => (
        <div key={name} className={panel.live}>
          <p>
            <b>{name}</b>
            <span className="t-2">{value}</span>
          </p>
          <Link to="/host" className="textlink">
            {t("admin.settings.change")}
          </Link>
        </div>
      ))}
      {atStart?.map(([name, value, variable]) => (
        <div key={name} className={panel.live}>
          <p>
            <b>{name}</b>
            <span className="t-2">{value}</span>
          </p>
          <span className="t-2">{t("admin.settings.by", { variable })}</span>
        </div>
      ))}
    </section>
  );
}

interface TableProps {
  settings: Setting[];
  meanings: (setting: Setting) => string;
}

function SettingsTable({ settings: shown, meanings }: TableProps) {
  const { t } = useTranslation();
  const isPhone = useIsPhone();
  return (
    <table className={css.table}>
      <colgroup>
        <col />
        <col style={{ width: isPhone ? "36%" : "28%" }} />
        <col className={css.deskOnly} style={{ width: 168 }} />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">{t("admin.settings.name")}</th>
          <th scope="col">{t("admin.settings.value")}</th>
          <th scope="col" className={css.deskOnly}>
            {t("admin.settings.origin")}
          </th>
        </tr>
      </thead>
      <tbody>
        {SERVICES.map((service) => {
          const own = shown.filter((one) => one.service === service);
          if (own.length === 0) return null;
          return (
            <Fragment key={service}>
              <tr>
                <th scope="rowgroup" colSpan={isPhone ? 2 : 3} className={css.part}>
                  {t(`admin.services.${service === "" ? "box" : service}`)}
                </th>
              </tr>
              {own.map((one) => (
                <tr key={one.name}>
                  <td className={css.wrap}>
                    <code className={panel.mono}>{one.name}</code>
                    <p>{meanings(one)}</p>
                  </td>
                  <td className={css.wrap}>
                    <span className={panel.mono}>
                      {one.secret && one.value !== ""
                        ? t("admin.settings.hidden")
                        : one.value || "–"}
                    </span>
                  </td>
                  <td className={css.deskOnly}>{t(`admin.settings.origins.${one.origin}`)}</td>
                </tr>
              ))}
            </Fragment>
          );
        })}
      </tbody>
    </table>
  );
}
