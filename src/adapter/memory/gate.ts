/**
 * Where asynchronous operations wait, so that a test can look at the world while one is in flight.
 *
 * @module
 */

/** A gate that is open until it is held. */
export class Gate {
  #held: Promise<void> | undefined;

  /**
   * Closes the gate.
   *
   * @returns Opens it again for those who wait.
   */
  hold(): () => void {
    let open: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#held = held;
    return () => {
      if (this.#held === held) this.#held = undefined;
      open();
    };
  }

  /** Settles when the gate is open. */
  passed(): Promise<void> {
    return this.#held ?? Promise.resolve();
  }
}
