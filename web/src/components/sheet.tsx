import { Drawer, Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { useIsPhone } from "@/lib/use-is-phone.ts";
import css from "./sheet.module.css";

interface Props {
  label: string;
  onClose: () => void;
  children: ReactNode;
}

/** Something large over the screen: from below on a phone, in the middle elsewhere. */
export function Sheet({ label, onClose, children }: Props) {
  const isPhone = useIsPhone();
  if (isPhone) {
    return (
      <Drawer
        opened
        onClose={onClose}
        position="bottom"
        size="calc(100dvh - var(--top))"
        withCloseButton={false}
        attributes={{ content: { "aria-label": label } }}
        transitionProps={{ duration: 150 }}
        classNames={{ content: css.phone ?? "", body: css.body ?? "" }}
      >
        {children}
      </Drawer>
    );
  }
  return (
    <Modal
      opened
      onClose={onClose}
      centered
      size={960}
      withCloseButton={false}
      attributes={{ content: { "aria-label": label } }}
      transitionProps={{ duration: 0 }}
      classNames={{ content: css.desk ?? "", body: css.body ?? "" }}
    >
      {children}
    </Modal>
  );
}
