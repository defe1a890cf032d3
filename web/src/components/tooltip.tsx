import { Tooltip as Bubble } from "@mantine/core";

/** Words beside what they are about. */
export function Tooltip({ target, text }: { target: HTMLElement; text: string }) {
  return (
    <Bubble
      target={target}
      opened
      label={text}
      multiline
      maw={280}
      transitionProps={{ duration: 0 }}
    />
  );
}
