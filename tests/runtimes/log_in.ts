// Logs in by each of some settings and says what came of it, in whichever runtime it is run.
import type { ConnectionOptions } from "../../mod.ts";
import { connect } from "../../src/replication_mod.ts";
import process from "node:process";
import { readFileSync } from "node:fs";

const attempts: Record<string, ConnectionOptions> = JSON.parse(
  readFileSync(process.argv[2] ?? "", "utf8"),
);
const outcomes: Record<string, string> = {};
for (const [name, options] of Object.entries(attempts)) {
  try {
    const connection = await connect(options);
    const [result] = await connection.query(
      "SELECT concat_ws(' ', version, client_dn) FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    );
    outcomes[name] = result?.rows[0]?.[0] || "plain";
    await connection.close();
  } catch (error) {
    outcomes[name] = error instanceof Error
      ? `${error.name}: ${error.message}`
      : String(error);
  }
}
process.stdout.write(JSON.stringify(outcomes));
