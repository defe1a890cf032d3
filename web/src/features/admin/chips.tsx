import { Menu } from "@mantine/core";
import type { ReactNode } from "react";
import { IconCheck, IconChevronDown } from "@/components/icons.ts";
import css from "./admin.module.css";

interface ChipProps {
  on: boolean;
  count?: number | undefined;
  onPress: () => void;
  children: ReactNode;
}

/** One filter, on or off. */
export function Chip({ on, count, onPress, children }: ChipProps) {
  return (
    <button type="button" className={css.chip} aria-pressed={on} onClick={onPress}>
      {children}
      {count !== undefined && <i>{count}</i>}
    </button>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  choices: readonly { value: T; label: string }[];
  onChoose: (value: T) => void;
  /** Whether the choice narrows anything. */
  on?: boolean;
}

/** One of several, behind a chip. */
export function ChoiceChip<T extends string>(props: ChoiceProps<T>) {
  const { label, value, choices, onChoose, on = false } = props;
  const chosen = choices.find((choice) => choice.value === value);
  return (
    <Menu position="bottom-end" transitionProps={{ duration: 0 }}>
      <Menu.Target>
        <button
          type="button"
          className={css.chip}
          data-on={on}
          aria-label={`${label}: ${chosen?.label ?? ""}`}
        >
          {chosen?.label}
          <IconChevronDown size={16} stroke={2} aria-hidden="true" />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {choices.map((choice) => (
          <Menu.Item
            key={choice.value}
            rightSection={
              choice.value === value && <IconCheck size={16} stroke={2} aria-hidden="true" />
            }
            onClick={() => onChoose(choice.value)}
          >
            {choice.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
