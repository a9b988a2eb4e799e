import { escapeControls, type Palette, shorten } from "./terminal_text.ts";

/** A column of a table. */
export interface TableColumn<Row> {
  /** The heading. */
  readonly name: string;
  /** Returns the text of a cell. */
  readonly text: (row: Row) => string;
  /**
   * Whether cells are right-aligned, as numbers are.
   *
   * @default {false}
   */
  readonly isRight?: boolean;
  /**
   * The order in which columns are hidden on a narrow terminal: the highest number first; 0
   * for never.
   */
  readonly rank: number;
}

const GAP = "  ";
const NARROWEST = 8;

/**
 * Formats rows as a table.
 *
 * @param rows The rows.
 * @param columns The columns.
 * @param width The width of the terminal; `undefined` for no limit.
 * @param colors The colours of headings.
 * @returns The lines. If columns had to be hidden, the last line names them.
 */
export function tableLines<Row>(
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
  width: number | undefined,
  colors: Palette,
): string[] {
  const cells = columns.map((column) => ({
    column,
    texts: rows.map((row) => escapeControls(column.text(row))),
  }));
  const sized = cells.map((one) => ({
    ...one,
    width: Math.max(
      lengthOf(one.column.name),
      ...one.texts.map(lengthOf),
    ),
  }));
  const shown = fit(sized, width ?? Infinity);
  const line = (
    texts: readonly string[],
    pad: (text: string, i: number) => string,
  ) => texts.map(pad).join(GAP).trimEnd();
  const pad = (text: string, i: number) => {
    const { width, column } = shown[i]!;
    const cut = shorten(text, width);
    const space = " ".repeat(Math.max(0, width - lengthOf(cut)));
    return column.isRight === true ? space + cut : cut + space;
  };
  const missing = columns.filter((one) =>
    !shown.some(({ column }) => column === one)
  ).map(({ name }) => name);
  return [
    colors.bold(line(shown.map(({ column }) => column.name), pad)),
    ...rows.map((_, i) => line(shown.map(({ texts }) => texts[i]!), pad)),
    ...missing.length === 0 ? [] : [
      colors.dim(
        shorten(`(not shown: ${missing.join(", ")})`, width ?? Infinity),
      ),
    ],
  ];
}

interface SizedColumn {
  readonly column: { readonly rank: number };
  readonly width: number;
}

// Hides columns, and truncates the widest of the others.
function fit<Column extends SizedColumn>(
  columns: readonly Column[],
  width: number,
): Column[] {
  let shown = [...columns];
  const total = () =>
    shown.reduce(
      (sum, one) => sum + one.width,
      GAP.length * (shown.length - 1),
    );
  while (total() > width) {
    const highest = Math.max(...shown.map(({ column }) => column.rank));
    if (highest === 0) break;
    shown = shown.filter(({ column }) => column.rank < highest);
  }
  while (total() > width) {
    const widest = Math.max(...shown.map((one) => one.width));
    if (widest <= NARROWEST) break;
    const at = shown.findIndex((one) => one.width === widest);
    shown[at] = { ...shown[at]!, width: widest - 1 };
  }
  return shown;
}

function lengthOf(text: string): number {
  return [...text].length;
}
