/**
 * Why there are no credentials.
 *
 * @module
 */

/** A code or a name that says something and cannot be a secret. */
const PLAIN = /^[A-Za-z_]{3,40}$/;

/** There are no credentials for AWS. Its message has no secrets, whatever was thrown where they come from. */
export class CredentialsError extends Error {
  /**
   * Says why.
   *
   * @param reason Without secrets.
   */
  constructor(reason: string) {
    super(`No credentials for AWS: ${reason}`);
    this.name = "CredentialsError";
  }

  /**
   * Makes one of what a function of the user has thrown. What it says is not shown: nobody knows what stands in it.
   *
   * @param error What was thrown.
   */
  static from(error: unknown): CredentialsError {
    if (error instanceof CredentialsError) return error;
    const { code, name } = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>;
    const known = [code, name].find((word) => typeof word === "string" && PLAIN.test(word));
    return new CredentialsError(`what gives them failed${known === undefined ? "" : ` (${String(known)})`}`);
  }
}
