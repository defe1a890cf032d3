import { TextInput } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import { useRoom } from "@/api/hooks.ts";
import { setRoom } from "@/api/playback.ts";
import type { RoomDocument } from "@/api/types.ts";
import { Button } from "@/components/button.tsx";
import { IconQrcode } from "@/components/icons.ts";
import { Page } from "@/components/page.tsx";
import { RowSkeletons } from "@/components/skeleton.tsx";
import { WallButton } from "@/components/wall-button.tsx";
import { toast } from "@/lib/toasts.ts";
import css from "./host.module.css";
import { PolicyForm } from "./policy-form.tsx";

const Invite = lazy(() =>
  import("@/components/invite.tsx").then((module) => ({ default: module.Invite })),
);

/** What a host sets: the room's name, its rule, and the code that lets people in. */
export function HostPage() {
  const { t } = useTranslation();
  const room = useRoom();
  const [inviting, setInviting] = useState(false);
  return (
    <Page title={t("places.host")}>
      <p className="t-2">{t("host.help")}</p>
      <div className="line">
        <Button
          icon={<IconQrcode size={20} stroke={1.75} aria-hidden="true" />}
          onClick={() => setInviting(true)}
        >
          {t("invite.open")}
        </Button>
        <WallButton />
      </div>
      <Suspense>{inviting && <Invite onClose={() => setInviting(false)} />}</Suspense>
      {room === null ? (
        <RowSkeletons rows={4} />
      ) : (
        <>
          <RoomForm room={room.room} />
          <PolicyForm policy={room.policy} />
        </>
      )}
    </Page>
  );
}

function RoomForm({ room }: { room: RoomDocument["room"] }) {
  const { t } = useTranslation();
  const [facts, setFacts] = useState(room);
  return (
    <section className={css.section} aria-labelledby="room-facts">
      <h2 className="t-label" id="room-facts">
        {t("host.room")}
      </h2>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(() => setRoom(facts)).then((done) => {
            if (done) toast({ text: t("me.saved"), tone: "plain" });
          });
        }}
      >
        <TextInput
          label={t("host.name")}
          value={facts.name}
          required
          withAsterisk={false}
          onChange={(event) => setFacts({ ...facts, name: event.currentTarget.value })}
        />
        <TextInput
          label={t("host.tagline")}
          value={facts.tagline}
          onChange={(event) => setFacts({ ...facts, tagline: event.currentTarget.value })}
        />
        <div>
          <Button type="submit">{t("save")}</Button>
        </div>
      </form>
    </section>
  );
}
