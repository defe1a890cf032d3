import type { Act, OwnScore } from "../src/api/acts.ts";

/** The acts of that evening: one is on, two come, two are over. */
const at = (time: string) => `2026-11-20T${time}Z`;

function anAct(id: number, title: string, description: string, facts: Partial<Act>): Act {
  return {
    id,
    title,
    description,
    kind: "act",
    created_at: at("18:00:00"),
    opens_at: at("22:36:21"),
    deadline: at("22:41:21"),
    status: "PROCESSING",
    score_count: 0,
    score_mean: null,
    histogram: [0, 0, 0, 0, 0],
    ...facts,
  };
}

export const openAct = anAct(5, "The Tin Roofs", "Kettle folk from Leith", {
  status: "HIGH_SCORE",
  score_count: 87,
  score_mean: 4.17,
  histogram: [2, 4, 12, 28, 41],
});

export const acts: Act[] = [
  openAct,
  anAct(6, "Lena Ferry", "Songs for one piano", {
    opens_at: at("22:50:00"),
    deadline: at("23:00:00"),
  }),
  anAct(7, "Otto & the Drift", "Slow surf trio", {
    opens_at: at("23:15:00"),
    deadline: at("23:25:00"),
  }),
  anAct(4, "Marrow & Pine", "Two guitars and a dog", {
    opens_at: at("21:55:00"),
    deadline: at("22:05:00"),
    status: "HIGH_SCORE",
    score_count: 74,
    score_mean: 4.61,
    histogram: [0, 1, 4, 18, 51],
  }),
  anAct(3, "Low Ceiling", "Loud", {
    opens_at: at("21:30:00"),
    deadline: at("21:40:00"),
    status: "LOW_SCORE",
    score_count: 61,
    score_mean: 2.8,
    histogram: [9, 17, 18, 11, 6],
  }),
];

const gave = (event_id: number, score: number, status: OwnScore["status"] = "confirmed") => ({
  id: 80 + event_id,
  event_id,
  score,
  status,
  reason: null,
  confirmed_score: status === "confirmed" ? score : null,
  mutable: event_id === openAct.id,
  version: 1,
});

export const scores: OwnScore[] = [gave(5, 4), gave(4, 5), gave(3, 2)];

export const options = { score_played_songs: true, song_window_s: 300 };

/** Three acts at once, with a score that was refused, one on its way, and none. */
export const threeOpen: Act[] = [
  openAct,
  { ...openAct, id: 8, title: "Salt Ladder", description: "", deadline: at("22:50:00") },
  anAct(9, "Half a Mile of Rain", "Otto & the Drift", { kind: "song", deadline: at("22:45:00") }),
];

export const refusedAndPending: OwnScore[] = [
  { ...gave(5, 2, "rejected"), reason: "LINEUP_UNREACHABLE", confirmed_score: 4 },
  gave(8, 3, "pending"),
];
