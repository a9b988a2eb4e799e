import { dial } from "../src/socket/deno.ts";
import { startPostgres } from "../examples/demo/postgres_server.ts";
import { subscribe } from "../mod.ts";
import { connect } from "../src/replication_mod.ts";
import { Recorder, saveRecording } from "./recording.ts";
import { type Workload, type WorkloadName, WORKLOADS } from "./workloads.ts";

/** Bytes of a workload, as a real server sent them. */
export interface Capture {
  readonly workload: Workload;
  /** How many rows change. */
  readonly rows: number;
  /** How many events Walbrook makes of them. */
  readonly events: number;
  /** With values as text. */
  readonly text: Recorded;
  /** With values in binary format. */
  readonly binary: Recorded;
}

/** A recording that was made. */
export interface Recorded {
  /** Where it is. */
  readonly path: string;
  /** How many bytes were sent. */
  readonly bytes: number;
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
  await session.query("SET search_path = public");
  const captures: Capture[] = [];
  for (const [name, rows] of Object.entries(sizes)) {
    const workload = WORKLOADS[name as WorkloadName];
    await session.query(workload.setUp);
    await session.query(`CREATE PUBLICATION ${name} FOR TABLE ${name}`);
    await session.createReplicationSlot(name, { kind: "logical" });
    await session.query(workload.fill(rows));
    const path = `${folder}/${name}`;
    const binarySlot = `${name}_binary`;
    await session.query(
      `SELECT pg_copy_logical_replication_slot('${name}', '${binarySlot}')`,
    );
    const { events, bytes } = await record(server.url, { name, path });
    const binary = await record(server.url, { name, path, slot: binarySlot });
    captures.push({
      workload,
      rows,
      events,
      text: { path, bytes },
      binary: { path: `${path}_binary`, bytes: binary.bytes },
    });
    await session.query(`DROP TABLE ${name}`);
  }
  return captures;
}

async function record(
  url: string,
  { name, path, slot }: {
    readonly name: string;
    readonly path: string;
    /** For values in binary format. */
    readonly slot?: string;
  },
): Promise<{ readonly events: number; readonly bytes: number }> {
  const recorder = new Recorder();
  let events = 0;
  await using subscription = await subscribe({
    connection: `${url}?sslmode=disable`,
    slot: slot ?? name,
    publication: name,
    until: "now",
    binary: slot !== undefined,
    dial: recorder.wrap(dial),
  });
  for await (const batch of subscription.batches) events += batch.length;
  const recording = recorder.finish();
  await saveRecording(slot === undefined ? path : `${path}_binary`, recording);
  return { events, bytes: recording.stream.length };
}
