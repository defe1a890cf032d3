import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem.ts";
import { Button, IconButton } from "@/components/button.tsx";
import {
  IconPlayerPause,
  IconPlayerPlay,
  IconPlus,
  IconRefresh,
  IconX,
} from "@/components/icons.ts";
import type { OwnFile } from "./own-file.ts";
import { uploadQueue } from "./upload-queue.ts";
import { Where } from "./where.tsx";

const icon = { size: 20, stroke: 1.75, "aria-hidden": true } as const;

/** What can be done about a file at the stage where it is. */
export function OwnFileActs({ own, onChoose }: { own: OwnFile; onChoose: () => void }) {
  const { t } = useTranslation();
  const { id, name, stage } = own;
  const remove = (
    <IconButton label={t("upload.remove", { name })} onClick={() => uploadQueue.remove(id)}>
      <IconX {...icon} />
    </IconButton>
  );
  const again = (
    <IconButton label={t("upload.retry", { name })} onClick={() => uploadQueue.goOn(id)}>
      <IconRefresh {...icon} />
    </IconButton>
  );
  switch (stage.name) {
    case "sending":
      return (
        <IconButton label={t("upload.pause", { name })} onClick={() => uploadQueue.pause(id)}>
          <IconPlayerPause {...icon} />
        </IconButton>
      );
    case "paused":
      return (
        <>
          <IconButton label={t("upload.goOn", { name })} onClick={() => uploadQueue.goOn(id)}>
            <IconPlayerPlay {...icon} />
          </IconButton>
          {remove}
        </>
      );
    case "interrupted":
      return (
        <>
          {again}
          {remove}
        </>
      );
    case "missing":
      return (
        <>
          <Button
            look="raised"
            size="small"
            aria-label={t("upload.chooseNamed", { name })}
            onClick={onChoose}
          >
            {t("upload.choose")}
          </Button>
          {remove}
        </>
      );
    case "failed":
      return (
        <>
          {mayPass(stage.error) && again}
          {remove}
        </>
      );
    case "here":
    case "refused":
      return (
        <Where track={stage.track}>
          <Button
            look="raised"
            size="small"
            aria-label={t("add.addTitle", { title: stage.track.title })}
            icon={<IconPlus size={16} stroke={2} aria-hidden="true" />}
            onClick={() => void uploadQueue.addToQueue(id, stage.track)}
          >
            {t("upload.addIt")}
          </Button>
        </Where>
      );
    case "waiting":
    case "looking":
      return remove;
    default:
      return null;
  }
}

/** A file that is refused for what it is stays so; everything else may be tried again. */
const NEVER = new Set([400, 413, 415, 422]);

const mayPass = (error: unknown) => !(error instanceof Problem && NEVER.has(error.status));
