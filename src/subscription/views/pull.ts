/** Passes the next chunk of a stream to its controller, or closes the stream. */
export type Pull<T> = (
  controller: ReadableStreamDefaultController<T>,
) => void | Promise<void>;

/** How a stream is filled, and what cancelling it does. */
export interface PulledSource<T> {
  /** Passes on the next chunk. */
  readonly pull: Pull<T>;
  /** Closes the subscription. */
  readonly cancel: () => Promise<void>;
}
