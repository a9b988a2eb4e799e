import {
  type CommandSpec,
  CONNECTION,
  SUBSCRIPTION_OPTIONS,
} from "../command/command.ts";

/** The definition of `serve`. */
export const SERVE: CommandSpec = {
  name: "serve",
  summary: "Serves changes over HTTP, with health, metrics and a live page.",
  operands: [CONNECTION],
  options: [
    { name: "slot", value: "NAME", text: "The replication slot." },
    ...SUBSCRIPTION_OPTIONS,
    { name: "port", value: "N", text: "The port; 8080 by default." },
    {
      name: "hostname",
      value: "ADDRESS",
      text: "The address to listen on; 127.0.0.1 by default.",
    },
    {
      name: "allow-host",
      value: "NAMES",
      repeats: true,
      text:
        "Host names of the service, in addition to localhost and IP addresses.",
    },
    {
      name: "allow-table",
      value: "NAMES",
      repeats: true,
      text:
        "Tables that anyone may read at /changes without the token; with it, all tables can be read.",
    },
    {
      name: "show-values",
      value: "COLUMNS",
      repeats: true,
      text:
        "Columns whose values the page shows, such as public.orders.status; it masks all others.",
    },
  ],
  notes: `\
Set the variable WALBROOK_TOKEN to the secret that protects /, /metrics, /doctor, /events and
/changes. It is required to listen on any address but the loopback one. Open the page with
/?token=… once; other programs send Authorization: Bearer ….

  /changes?table=public.orders&where=status='paid'   rows, then changes, as an event stream
  /health, /ready, /metrics, /doctor                 for monitoring
  /                                                  the live page`,
  examples: [
    {
      line: "postgres://app@localhost/shop --publication shop --temporary",
      text: "A page that only this machine reaches",
    },
    {
      line:
        "postgres://app@localhost/shop --publication shop --slot live --create-slot --allow-table products --port 9000",
      text: "One table for everyone who can reach the port",
    },
  ],
  load: async () => (await import("./run_serve.ts")).runServe,
};
