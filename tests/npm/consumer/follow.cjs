// The same by require().
const { subscribe } = require("walbrook");

async function follow([url, slot, publication]) {
  const subscription = await subscribe({
    connection: url,
    slot,
    publication,
    until: "now",
  });
  for await (const event of subscription) {
    if (event.kind === "insert") console.log(JSON.stringify(event.newRow));
  }
}

follow(process.argv.slice(2));
