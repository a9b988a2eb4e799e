// A program that takes `subscribe()` from the whole library, with a Worker's sockets.
import { subscribe } from "../../mod.ts";
import { dial, environment } from "../../src/workers.ts";

await subscribe({ slot: "s", publication: "p", dial, environment });
