// Follows a slot to its first event from a cold start, and says how long each step took.
import process from "node:process";

/** The program to start. */
export interface ColdStart {
  /** When the process was started, in milliseconds since 1970. */
  readonly spawnedAt: number;
  /** The module of the client, which exports `start()`. */
  readonly client: string;
  /** The module that exports `subscribe()`, or the folder of the npm packages. */
  readonly library: string;
  readonly host: string;
  readonly port: number;
  readonly slot: string;
  readonly publication: string;
}

/** The durations of the steps, in milliseconds from the start of the process. */
export interface ColdStartTimes {
  /** Until the runtime runs the program. */
  readonly booted: number;
  /** Until the library is loaded. */
  readonly imported: number;
  /** Until `subscribe()` has returned; `null` of a client that has no such step. */
  readonly subscribed: number | null;
  /** Until the first event. */
  readonly delivered: number;
  /** Processor time of the process until then, in milliseconds. */
  readonly cpuMs: number;
}

const job: ColdStart = JSON.parse(process.argv[2] ?? "");
const booted = since();
const { start } = await import(job.client);
const times: Partial<ColdStartTimes> = await start(job, since);
const { user, system } = process.cpuUsage();
const all = { booted, ...times, cpuMs: (user + system) / 1000 };
process.stdout.write(`${JSON.stringify(all)}\n`, () => process.exit(0));

function since(): number {
  return performance.timeOrigin + performance.now() - job.spawnedAt;
}
