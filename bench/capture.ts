import { dial } from "../src/socket/deno.ts";
import { startPostgres } from "../examples/demo/postgres_server.ts";
import { connect, subscribe } from "../mod.ts";
import { Recorder, saveRecording } from "./recording.ts";
import { type Workload, type WorkloadName, WORKLOADS } from "./workloads.ts";

/** Bytes of a workload, as a real server sent them. */
export interface Capture {
  readonly workload: Workload;
  /** How many rows change. */
  readonly rows: number;
  /** How many bytes that is. */
  readonly bytes: number;
  /** How many events Walbrook makes of them. */
  readonly events: number;
  /** Where the recording is. */
  readonly path: string;
}

/** How many rows to record of each workload. */
export type Sizes = Readonly<Partial<Record<WorkloadName, number>>>;

/**
 * Has a real server play the workloads, and records what it sends.
 *
 * @param folder Where to put the recordings.
 * @param sizes How many rows to change.
 */
export async function capture(
  folder: string,
  sizes: Sizes,
): Promise<Capture[]> {
  await using server = await startPostgres({ major: 18 });
  await using session = await connect(server.url);
  const captures: Capture[] = [];
  for (const [name, rows] of Object.entries(sizes)) {
    const workload = WORKLOADS[name as WorkloadName];
    await session.query(workload.setUp);
    await session.query(`CREATE PUBLICATION ${name} FOR TABLE ${name}`);
    await session.createReplicationSlot(name, { kind: "logical" });
    await session.query(workload.fill(rows));
    const recorder = new Recorder();
    let events = 0;
    await using subscription = await subscribe({
      connection: `${server.url}?sslmode=disable`,
      slot: name,
      publication: name,
      until: "now",
      dial: recorder.wrap(dial),
    });
    for await (const batch of subscription.batches) events += batch.length;
    const recording = recorder.finish();
    const path = `${folder}/${name}`;
    await saveRecording(path, recording);
    captures.push({
      workload,
      rows,
      events,
      bytes: recording.stream.length,
      path,
    });
    await session.query(`DROP TABLE ${name}`);
  }
  return captures;
}
