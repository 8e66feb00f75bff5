/**
 * A gate that steps wait for.
 *
 * @module
 */

/** Done at once, or later. */
export type Done = void | Promise<void>;

/** Opens once, and stays open. */
export class Gate {
  #open = false;
  #resolve: () => void = () => {};
  readonly #opened = new Promise<void>((resolve) => this.#resolve = resolve);

  open(): void {
    this.#open = true;
    this.#resolve();
  }

  wait(): Done {
    return this.#open ? undefined : this.#opened;
  }
}
