import { int16At, uint32At, uint64At } from "../../bytes/big_endian.ts";
import { ByteCursor } from "../../bytes/byte_cursor.ts";
import { formatLsn, type Lsn } from "../../lsn.ts";
import {
  checkLength,
  textualCodec,
  type ValueCodec,
} from "../codec/value_codec.ts";

/** Values of `tid`: the text, `(block,offset)`. */
export const TID: ValueCodec = textualCodec((bytes, start, end) => {
  checkLength("tid", end - start, 6);
  const offset = int16At(bytes, start + 4) & 0xffff;
  return `(${uint32At(bytes, start)},${offset})`;
});

/** Values of `pg_lsn`: the text, in the format of `formatLsn`. */
export const PG_LSN: ValueCodec = textualCodec((bytes, start, end) => {
  checkLength("pg_lsn", end - start, 8);
  return formatLsn(uint64At(bytes, start) as Lsn);
});

/** Values of `pg_snapshot` and `txid_snapshot`: the text, `xmin:xmax:xip,xip`. */
export const SNAPSHOT: ValueCodec = textualCodec((bytes, start, end) => {
  const cursor = new ByteCursor(bytes.subarray(start, end), "a snapshot");
  const count = cursor.int32();
  const limits = `${cursor.uint64()}:${cursor.uint64()}:`;
  const running: bigint[] = [];
  for (let i = cursor.count(count, 8); i > 0; i--) {
    running.push(cursor.uint64());
  }
  cursor.end();
  return limits + running.join(",");
});
