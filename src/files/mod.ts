/**
 * Changes in files: the stream as JSON lines, and dead letters.
 *
 * @example
 * ```ts
 * import { fileDeadLetters, ndjsonFiles } from "@walbrook/walbrook/files";
 *
 * const destination = ndjsonFiles({ folder: "/var/lib/shop/changes" });
 * const poison = fileDeadLetters("/var/lib/shop/dead_letters.ndjson");
 * console.log(destination.name, typeof poison.read);
 * ```
 *
 * @module
 */
export {
  fileDeadLetters,
  type FileDeadLettersOptions,
} from "./dead_letter_file.ts";
export { ndjsonFiles, type NdjsonFilesOptions } from "./ndjson_files.ts";
export type { AppendFile, Files } from "../socket/files.ts";
