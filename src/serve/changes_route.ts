import {
  type Access,
  type Authorize,
  checkAccess,
  ForbiddenError,
  restrict,
} from "./access/authorize.ts";
import type { Hub } from "./changes/hub.ts";
import { BusyError } from "./changes/hub_options.ts";
import { parseFilter } from "./filter/parse_filter.ts";
import { eventStream, refusal } from "./http/responses.ts";

/**
 * Answers `/changes`: the rows of a table, and then its changes, as server-sent events.
 *
 * @param request The request.
 * @param hub The tables and their clients.
 * @param authorize Decides what the request may read.
 * @param onProblem Called with errors that the client did not cause.
 */
export async function answerChanges(
  request: Request,
  hub: Hub,
  authorize: Authorize,
  onProblem: (error: unknown) => void,
): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const table = searchParams.get("table");
  if (table === null) {
    return refusal(
      400,
      "Cannot tell which table to watch: add ?table=, for example ?table=public.orders",
    );
  }
  const access = checkAccess(await authorize(request, table), table);
  if (access === false) {
    return refusal(403, `Cannot watch table ${table}: this request may not`);
  }
  try {
    return await watch(request, hub, table, access);
  } catch (error) {
    return refusalFor(error, onProblem);
  }
}

async function watch(
  request: Request,
  hub: Hub,
  table: string,
  access: Access | true,
): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const asked = parseFilter(searchParams.get("where") ?? "");
  const { description } = await hub.table(table);
  const watched = restrict(description, asked, access);
  // A response without a body needs no rows.
  if (request.method === "HEAD") return eventStream(null);
  const lastEventId = request.headers.get("last-event-id") ??
    searchParams.get("lastEventId");
  const { queue } = await hub.connect(watched, lastEventId || null);
  return eventStream(queue.readable);
}

function refusalFor(
  error: unknown,
  onProblem: (error: unknown) => void,
): Response {
  if (error instanceof ForbiddenError) return refusal(403, error.message);
  if (error instanceof BusyError) {
    return refusal(503, error.message, { "retry-after": "5" });
  }
  if (error instanceof SyntaxError || error instanceof TypeError) {
    return refusal(400, error.message);
  }
  onProblem(error);
  return refusal(
    500,
    "Cannot watch the table; the server's log says why",
  );
}
