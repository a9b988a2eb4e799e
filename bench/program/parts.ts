import type { Client, Run } from "../clients/client.ts";
import type { Job } from "./job.ts";

/** The parts that a task works with. */
export interface Parts extends Pick<Run, "library" | "load" | "part"> {
  readonly job: Job;
  readonly client: Client;
}
