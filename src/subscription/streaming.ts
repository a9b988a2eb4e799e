import type { BufferOptions } from "../reassembly/buffered_transactions.ts";
import type { Environment, OpenTemporaryFile } from "../socket/socket.ts";
import type { SubscribeOptions } from "./subscribe_options.ts";

const DEFAULT_MEMORY_LIMIT_BYTES = 2 ** 21;
/** Without temporary files, a transaction that needs more ends the subscription. */
const MEMORY_LIMIT_WITHOUT_FILES_BYTES = 2 ** 23;

/**
 * Resolves how to buffer transactions that have not ended.
 *
 * @throws {RangeError} If the limit of memory is negative.
 */
export function bufferOptions(
  { streaming }: SubscribeOptions,
  environment: Environment,
): BufferOptions {
  const wanted = typeof streaming === "object" ? streaming : {};
  const openTemporaryFile = wanted.openTemporaryFile ??
    environment.openTemporaryFile ?? null;
  const usual = openTemporaryFile === null
    ? MEMORY_LIMIT_WITHOUT_FILES_BYTES
    : DEFAULT_MEMORY_LIMIT_BYTES;
  const { memoryLimit = usual } = wanted;
  if (!(memoryLimit >= 0)) {
    throw new RangeError(
      `Cannot buffer ${memoryLimit} bytes in memory: expected a number of at least 0`,
    );
  }
  return { memoryLimit, openTemporaryFile };
}

/** Tells whether to ask pgoutput for transactions that have not ended. */
export async function wantsStreaming(
  { streaming, protocolVersion, plugin }: SubscribeOptions,
  { openTemporaryFile }: BufferOptions,
): Promise<boolean> {
  if (plugin !== undefined) return false;
  if (streaming !== undefined) return streaming !== false;
  if (openTemporaryFile === null || protocolVersion === 1) return false;
  return await canOpen(openTemporaryFile);
}

// Better to find out now that the system's temporary directory isn't writable than in the
// middle of a transaction.
async function canOpen(openTemporaryFile: OpenTemporaryFile): Promise<boolean> {
  try {
    const file = await openTemporaryFile();
    // On a full disk, creating a file succeeds but writing to it fails.
    await file.write(new Uint8Array(4096), 0).finally(() => file.close());
    return true;
  } catch {
    return false;
  }
}
