import type * as denoSockets from "../src/socket/deno.ts";
import type * as walbrook from "../mod.ts";
import type { Build } from "./harness/runtimes.ts";
import type { Prepared, Source } from "./harness/source.ts";
import { Recorder, saveRecording } from "./recording.ts";

/** Bytes of a workload, as a real server sent them. */
export interface Capture {
  readonly prepared: Prepared;
  /** With values as text. */
  readonly text: Recorded;
  /** With values in binary format. */
  readonly binary: Recorded;
}

/** A recording that was made. */
export interface Recorded {
  /** Where it is. */
  readonly path: string;
  /** The slot that it was made with. */
  readonly slot: string;
  /** How many bytes were sent. */
  readonly bytes: number;
}

/**
 * Records what a server sends for a workload, as text and in binary format. A build asks
 * the server its own questions before the stream, so each needs recordings of its own.
 *
 * @param source The server.
 * @param prepared A workload that the server has prepared.
 * @param options The build that connects, and the folder to put the recordings in.
 */
export async function capture(
  source: Source,
  prepared: Prepared,
  { build, folder }: { readonly build: Build; readonly folder: string },
): Promise<Capture> {
  const { name } = prepared.workload;
  const library: typeof walbrook = await import(build.library("Deno"));
  const { dial }: typeof denoSockets = await import(
    new URL("src/socket/deno.ts", build.library("Deno")).href
  );
  async function record(binary: boolean): Promise<Recorded> {
    const slot = await source.copySlot(name);
    const recorder = new Recorder();
    const subscription = await library.subscribe({
      connection: `${source.url}?sslmode=disable`,
      slot,
      publication: name,
      until: "now",
      // Others can't read logical messages.
      messages: false,
      binary,
      dial: recorder.wrap(dial),
    });
    for await (const _batch of subscription.batches);
    await subscription.close();
    await source.dropSlot(slot);
    const path = `${folder}/${slot}`;
    const recording = recorder.finish();
    await saveRecording(path, recording);
    return { path, slot, bytes: recording.stream.length };
  }
  return { prepared, text: await record(false), binary: await record(true) };
}
