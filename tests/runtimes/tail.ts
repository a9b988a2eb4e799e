// Follows a slot to the end of WAL and says what came, in whichever runtime it is run.
import { subscribe } from "../../mod.ts";
import process from "node:process";

const [connection = "", slot = "", publication = ""] = process.argv.slice(2);
const subscription = await subscribe({
  connection,
  slot,
  publication,
  until: "now",
});
const kinds: string[] = [];
let characters = 0;
for await (const event of subscription) {
  kinds.push(event.kind);
  if (event.kind === "insert") {
    characters += String(event.newRow["body"]).length;
  }
}
process.stdout.write(JSON.stringify({ kinds, characters }));
