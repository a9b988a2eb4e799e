/** Hands the next of what a stream is made of to its controller, or closes it. */
export type Pull<T> = (
  controller: ReadableStreamDefaultController<T>,
) => void | Promise<void>;

/** What a stream is made on: how it is filled, and what its end does. */
export interface PulledSource<T> {
  /** Hands on what is next. */
  readonly pull: Pull<T>;
  /** Closes the subscription. */
  readonly cancel: () => Promise<void>;
}
