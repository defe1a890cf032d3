import { Popover } from "@mantine/core";
import type { ReactNode } from "react";
import css from "./floating.module.css";

interface Props {
  label: string;
  width: number;
  position: "bottom-start" | "top-end";
  onClose: () => void;
  children: ReactNode;
}

/** What opens beside a control; it stands over the control's own box. Comes when it is opened. */
export function Floating({ label, width, position, onClose, children }: Props) {
  return (
    <Popover
      opened
      onChange={onClose}
      width={width}
      position={position}
      trapFocus
      returnFocus={false}
      transitionProps={{ duration: 0 }}
    >
      <Popover.Target>
        <span className={css.anchor} aria-hidden="true" />
      </Popover.Target>
      <Popover.Dropdown aria-label={label}>{children}</Popover.Dropdown>
    </Popover>
  );
}
