import css from "./countdown.module.css";

const RADIUS = 29;
const ROUND = 2 * Math.PI * RADIUS;
/** More figures than the ring has room for at full size. */
const LONG = 5;

interface Props {
  /** What is left, in figures. */
  text: string;
  /** What is left of the whole, from 0 to 1. */
  share: number;
  label: string;
}

/** How much is left, as a ring that runs out. */
export function Countdown({ text, share, label }: Props) {
  return (
    <div className={css.count} role="timer" aria-label={label}>
      <svg viewBox="0 0 62 62" strokeWidth="4" aria-hidden="true">
        <circle className={css.base} cx="31" cy="31" r={RADIUS} />
        <circle
          className={css.rest}
          cx="31"
          cy="31"
          r={RADIUS}
          strokeDasharray={`${share * ROUND} ${ROUND}`}
        />
      </svg>
      <b className="fig" data-long={text.length > LONG || undefined}>
        {text}
      </b>
    </div>
  );
}
