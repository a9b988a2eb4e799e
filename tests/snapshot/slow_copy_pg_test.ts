import { assert } from "@std/assert";
import { testOnPostgres } from "../helpers/postgres.ts";
import { slowCopy } from "./slow_copy.ts";

testOnPostgres(
  "a slow copy holds neither the slot, nor a snapshot, nor a migration",
  async (context) => {
    const { confirmedBytes } = await slowCopy(context, { rounds: 4 });
    assert(confirmedBytes > 0);
  },
  { majors: [14, 18] },
);
