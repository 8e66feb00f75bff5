/**
 * Addresses of receivers.
 *
 * @module
 */

/** What is known of the sink. */
export interface UrlCheck {
  /** Do requests carry a secret? */
  readonly hasSecret: boolean;
  /** May it go over the network in the clear? */
  readonly isInsecure: boolean;
}

/** Names and addresses of this machine. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Checks an address.
 *
 * @param url The address.
 * @param check What is known of the sink.
 * @returns What is wrong, and what helps; `undefined` when nothing is. What could be a secret is not shown.
 */
export function checkUrl(url: string, { hasSecret, isInsecure }: UrlCheck): string | undefined {
  const parsed = URL.parse(url);
  if (parsed === null) return "Expected an address such as https://loki.example:3100";
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:") {
    return `Expected http:// or https://, got ${parsed.protocol}//`;
  }
  if (parsed.username !== "" || parsed.password !== "") {
    return 'There are credentials in the address: they belong into "auth" or "headers", where they are not shown';
  }
  const isOpen = parsed.protocol === "http:" && !LOOPBACK.test(parsed.hostname);
  if (isOpen && hasSecret && !isInsecure) {
    return 'The secret would go over the network in the clear: use https://, or say "insecure": true';
  }
  return undefined;
}
