import { assert, assertEquals } from "@std/assert";
import { type PostgresMajor, testOnPostgres } from "../helpers/postgres.ts";
import { meet, type MeetOptions } from "./meet.ts";
import { setNextXid } from "./xid_border.ts";

/** The first transaction id whose lower 32 bits are those of an earlier id. */
const BORDER = 2n ** 32n;

const SETTINGS = { max_prepared_transactions: "20" };

function testMeeting(
  name: string,
  options: MeetOptions,
  majors: readonly PostgresMajor[] = [14, 18],
): void {
  testOnPostgres(
    `a copy equals the source: ${name}`,
    async (context) => {
      const { differences, wrong, notes, figures } = await meet(
        context,
        options,
      );
      const told = Deno.inspect({ differences, figures });
      assertEquals(wrong, 0, told);
      // A consumer that does not keep its position with its rows gets changes again.
      if (!options.crash || options.ownsPosition) assertEquals(notes, {}, told);
      assert(figures.chunks! >= (options.truncate ? 1 : 5), told);
    },
    { settings: SETTINGS, majors },
  );
}

testMeeting("among writers of all kinds", { prepared: true });

testMeeting("where commits wait for a standby", {
  ...{ waitForStandby: true, prepared: true },
  ...{ rows: 2_000 },
});

testMeeting("across truncations", { truncate: 0.01, rows: 6_000 });

testMeeting("of several tables by several readers", {
  tables: ["t", "u", "w"],
  readers: 3,
  rows: 1_500,
});

testMeeting("of a table with partitions", { partitioned: true });

testMeeting("of a table with a row filter", { filter: "n % 3 <> 1" }, [15, 18]);

testMeeting("across stops of the consumer", { stop: 0.2, prepared: true });

testMeeting("across crashes of the consumer", {
  ...{ crash: 0.0005, prepared: true },
});

testMeeting(
  "across crashes of a consumer that keeps its position with its rows",
  {
    ...{ crash: 0.0004, ownsPosition: true },
    ...{ rows: 1_500, writers: 4, pauseMs: 10 },
  },
);

testMeeting("when all that was copied and delivered comes again", {
  ...{ crash: 0.0005, replay: true },
  ...{ rows: 1_500, writers: 4, prepared: true },
}, [18]);

testOnPostgres(
  "a copy equals the source: when transaction ids wrap around halfway",
  async ({ server, sql }) => {
    await setNextXid(server, BORDER - 150n);
    const { wrong, notes, figures, differences } = await meet({ server, sql }, {
      ...{ waitForStandby: true, rows: 1_000, chunkBytes: 10_000 },
    });
    const told = Deno.inspect({ differences, figures });
    assertEquals([wrong, notes], [0, {}], told);
    assert(figures.chunks! >= 5, told);
    const xmax = "SELECT pg_snapshot_xmax(pg_current_snapshot())";
    assert(BigInt((await sql.value(xmax))!) > BORDER);
  },
  { settings: SETTINGS, majors: [14, 18] },
);
