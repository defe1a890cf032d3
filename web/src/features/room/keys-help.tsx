import { Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import css from "./keys-help.module.css";

const KEYS = [
  ["J K ↓ ↑", "keys.walk"],
  ["V", "keys.vote"],
  ["Shift ↑ ↓", "keys.move"],
  ["Shift Home End", "keys.ends"],
  ["M", "keys.place"],
  ["Delete", "keys.remove"],
  ["Ctrl Z", "keys.undo"],
  ["/", "keys.add"],
  ["?", "keys.help"],
] as const;

/** Every key of the Room, and where single letters are turned off. */
export function KeysHelp({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      centered
      size="sm"
      title={<span className="t-title">{t("keys.title")}</span>}
      closeButtonProps={{ "aria-label": t("close") }}
      transitionProps={{ duration: 0 }}
    >
      <dl className={css.keys}>
        {KEYS.map(([key, does]) => (
          <div key={does}>
            <dt>
              {key.split(" ").map((part) => (
                <kbd key={part}>{part}</kbd>
              ))}
            </dt>
            <dd>{t(does)}</dd>
          </div>
        ))}
      </dl>
      <p className="t-2">{t("keys.off")}</p>
    </Modal>
  );
}
