import add from "./add.json";
import admin from "./admin.json";
import captions from "./captions.json";
import causes from "./causes.json";
import common from "./common.json";
import entry from "./entry.json";
import host from "./host.json";
import hostLineup from "./host-lineup.json";
import kept from "./kept.json";
import lineup from "./lineup.json";
import me from "./me.json";
import player from "./player.json";
import room from "./room.json";
import shop from "./shop.json";
import tasks from "./tasks.json";
import wall from "./wall.json";
import welcome from "./welcome.json";

export const words = {
  ...add,
  ...admin,
  ...captions,
  ...causes,
  ...common,
  ...entry,
  ...host,
  ...hostLineup,
  ...kept,
  ...lineup,
  ...me,
  ...player,
  ...room,
  ...shop,
  ...tasks,
  ...wall,
  ...welcome,
};
