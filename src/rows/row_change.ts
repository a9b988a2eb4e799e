import type { Row } from "../events/relation.ts";
import type { RowChange as PgoutputRowChange } from "../pgoutput/read_row_change.ts";
import type { RowDecoder } from "./row_decoder.ts";

/** An Insert, Update or Delete, with the rows that its table's decoder created. */
export type RowChange = PgoutputRowChange<Row, RowDecoder>;
