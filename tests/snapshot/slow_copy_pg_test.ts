import { assert } from "@std/assert";
import { testOnPostgres } from "../helpers/postgres.ts";
import { slowCopy } from "./slow_copy.ts";

testOnPostgres(
  "a slow copy holds up neither the slot nor a migration, and holds no snapshot",
  async (context) => {
    const { confirmedBytes } = await slowCopy(context, { rounds: 4 });
    assert(confirmedBytes > 0);
  },
  { majors: [14, 18] },
);
