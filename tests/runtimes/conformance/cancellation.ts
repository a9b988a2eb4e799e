import type { ConnectionOptions } from "../../../mod.ts";
import type { Case, Context } from "./context.ts";
import { expect, failureOf } from "./expect.ts";
import { plain, PublishedTable, verified } from "./table.ts";

/** Giving up. */
export const CANCELLATION: readonly Case[] = [
  {
    capability: "Abort a pending connection",
    peersOnly: true,
    run: async (context) => {
      if (context.peers.full !== 0) {
        // Within a machine, Bun can't abort an attempt that is not to be encrypted.
        await giveUp(context, {
          ...plain(context),
          sslmode: "prefer",
          port: context.peers.full,
        });
      }
    },
  },
  {
    capability: "Abort an unanswered login",
    peersOnly: true,
    run: (context) =>
      giveUp(context, { ...plain(context), port: context.peers.silent }),
  },
  {
    capability: "Abort an unanswered TLS handshake",
    peersOnly: true,
    run: (context) =>
      giveUp(context, { ...verified(context), port: context.peers.handshake }),
  },
  {
    capability: "Abort while waiting for changes",
    run: (context) =>
      PublishedTable.with(context, "abort", async (table) => {
        await table.sql(`INSERT INTO ${table.name} VALUES (1)`);
        const controller = new AbortController();
        const reason = new Error("Enough");
        const subscription = await table.subscribe({
          signal: controller.signal,
        });
        const error = await failureOf(async () => {
          for await (const event of subscription) {
            if (event.kind !== "commit") continue;
            setTimeout(() => controller.abort(reason), 10);
          }
        });
        expect(error === reason, `it ended with ${error}`);
      }),
  },
];

async function giveUp(
  context: Context,
  connection: ConnectionOptions,
): Promise<void> {
  const controller = new AbortController();
  const reason = new Error("Enough");
  setTimeout(() => controller.abort(reason), 50);
  const error = await failureOf(() =>
    context.connect(connection, { signal: controller.signal })
  );
  expect(error === reason, `it ended with ${error}`);
}
