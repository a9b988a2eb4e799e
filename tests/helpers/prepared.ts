import type { PostgresMajor } from "../../examples/demo/postgres_server.ts";

/** The variable in which a run of all tests hands the prepared servers to its processes, as JSON. */
export const PREPARED_VARIABLE = "WALBROOK_PREPARED_SERVERS";

/** For each version the folder of its programs, and the folder of a cluster to copy. */
export type PreparedServers = {
  readonly [major in PostgresMajor]?: {
    readonly programs: string;
    readonly template: string;
  };
};

/** The servers that a run of all tests has prepared; none for a file that runs alone. */
export const PREPARED: PreparedServers = JSON.parse(
  Deno.env.get(PREPARED_VARIABLE) ?? "{}",
);
