import { Item } from "../../../src/sink/lanes/item.ts";
import { Unit } from "../../../src/sink/lanes/unit.ts";
import { AT, insert } from "../../examples/events.ts";

/** Makes a delivery with this key, which arrived at the time 0 by default. */
export function newItem(
  key: string | null,
  { previousKey = null, since = 0 }: {
    readonly previousKey?: string | null;
    readonly since?: number;
  } = {},
): Item {
  const event = { ...insert({ id: Number(AT) }), key: { id: 1 } };
  const item = new Item({
    ...{ event, unit: new Unit(), key, body: event, bytes: 10, since },
  });
  item.previousKey = previousKey;
  return item;
}
