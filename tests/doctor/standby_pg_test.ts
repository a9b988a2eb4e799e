import { assert } from "@std/assert";
import { runDoctor } from "../../src/doctor/mod.ts";
import { testOnOldestAndNewest } from "../helpers/postgres.ts";
import { startStandby } from "../helpers/standby.ts";

testOnOldestAndNewest(
  "runDoctor() finds a standby that can't decode, or whose slots a vacuum invalidates",
  async ({ server }) => {
    await using standby = await startStandby(server, {
      hot_standby_feedback: "off",
    });
    const { findings } = await runDoctor(standby.url);
    const ids = findings.map(({ id }) => id);
    const expected = server.major < 16 ? "standby" : "standbyFeedback";
    assert(ids.includes(expected), ids.join());
  },
);
