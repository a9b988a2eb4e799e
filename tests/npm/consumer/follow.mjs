// Prints what waits in a slot: node follow.mjs URL SLOT PUBLICATION
import { subscribe } from "walbrook";

const [url, slot, publication] = process.argv.slice(2);
const subscription = await subscribe({
  connection: url,
  slot,
  publication,
  until: "now",
});
for await (const event of subscription) {
  if (event.kind === "insert") console.log(JSON.stringify(event.newRow));
}
