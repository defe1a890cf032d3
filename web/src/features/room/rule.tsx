import { useTranslation } from "react-i18next";
import type { Policy } from "@/api/types.ts";
import { Disclosure } from "@/components/disclosure.tsx";
import { IconInfoCircle, IconScale } from "@/components/icons.ts";
import css from "./room.module.css";

/** The rule of the room in words; pressed, it explains itself. */
export function Rule({ policy, phone = false }: { policy: Policy; phone?: boolean }) {
  const { t } = useTranslation();
  const name = t(`rule.${policy.kind}.name`);
  const limit = policy.max_waiting === null ? "" : t("rule.upTo", { count: policy.max_waiting });
  const words = policy.open ? [name, limit].filter(Boolean).join(": ") : t("rule.closed");
  return (
    <Disclosure
      label={t("rule.title")}
      width={320}
      position="bottom-start"
      control={(given) => (
        <button
          type="button"
          className={phone ? css.phoneRule : css.chip}
          aria-haspopup="dialog"
          {...given}
        >
          {!phone && <IconScale size={16} stroke={2} aria-hidden="true" />}
          <span className="one">{words}</span>
          {phone && <IconInfoCircle size={16} stroke={2} aria-hidden="true" />}
        </button>
      )}
    >
      <Explanation policy={policy} />
    </Disclosure>
  );
}

function Explanation({ policy }: { policy: Policy }) {
  const { t } = useTranslation();
  const { max_waiting, cooldown_s, max_track_s, duplicates, artist_limit, skip_share } = policy;
  const lines = [
    max_waiting !== null && t("rule.waiting", { count: max_waiting }),
    cooldown_s > 0 && t("rule.cooldown", { count: Math.round(cooldown_s / 60) }),
    max_track_s !== null && t("rule.length", { count: Math.round(max_track_s / 60) }),
    !duplicates && t("rule.once"),
    artist_limit !== null && t("rule.artist", { count: artist_limit }),
    t("rule.skip", { percent: Math.round(skip_share * 100) }),
  ];
  return (
    <div className={css.rule}>
      <p className="strong">{t(`rule.${policy.kind}.name`)}</p>
      <p>{policy.open ? t(`rule.${policy.kind}.how`) : t("rule.closedHow")}</p>
      <ul>
        {lines.filter(Boolean).map((line) => (
          <li key={String(line)}>{line}</li>
        ))}
      </ul>
    </div>
  );
}
