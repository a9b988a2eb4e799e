/**
 * Quotes a slot, plugin or option name for a replication command.
 *
 * @throws {TypeError} If the name is empty, or contains a zero byte or a double quote, which
 * servers before 18 can't read inside a quoted name.
 */
export function quoteIdentifier(name: string): string {
  if (name === "" || /["\0]/.test(name)) {
    throw new TypeError(
      `Cannot use ${
        JSON.stringify(name)
      } as a name in a replication command: ` +
        "it must not be empty, nor contain a double quote or a zero byte",
    );
  }
  return `"${name}"`;
}

/** The longest name that a server stores: `NAMEDATALEN` without the zero byte. */
const MAX_NAME_BYTES = 63;

/**
 * Rejects a slot name that the server would truncate silently, so that two consumers with two
 * names could end up sharing one slot.
 *
 * @param name The slot's name.
 * @throws {TypeError} If it takes more than 63 bytes.
 */
export function checkSlotName(name: string): void {
  const bytes = new TextEncoder().encode(name).length;
  if (bytes <= MAX_NAME_BYTES) return;
  throw new TypeError(
    `Cannot use ${
      JSON.stringify(name)
    } as the name of a replication slot: it has ${bytes} bytes, and the server keeps ${MAX_NAME_BYTES} at most; choose a shorter name`,
  );
}

/** Quotes the name of a slot for a replication command. */
export function quoteSlotName(name: string): string {
  checkSlotName(name);
  return quoteIdentifier(name);
}

/**
 * Quotes a text value for a replication command, whose grammar has no escapes except the
 * doubled quote (`src/backend/replication/repl_scanner.l`).
 *
 * @throws {TypeError} If the text contains a zero byte.
 */
export function quoteLiteral(text: string): string {
  if (text.includes("\0")) {
    throw new TypeError(
      `Cannot use ${
        JSON.stringify(text)
      } in a replication command: it contains a zero byte`,
    );
  }
  return `'${text.replaceAll("'", "''")}'`;
}
