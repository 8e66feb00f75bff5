/**
 * The SDK's own messages. They never echo values, never loop into the SDK's own records and are rate-limited by whoever implements this.
 *
 * @module
 */

/** Which part of the SDK speaks. */
export type DiagnosticName = "pontem.sdk" | "pontem.emit" | "pontem.config";

/** Severity of an own message. */
export type DiagnosticLevel = "DEBUG" | "INFO" | "WARN" | "ERROR" | "FATAL";

/** Where own messages go. */
export interface Diagnostics {
  /**
   * Says something.
   *
   * @param name Who speaks.
   * @param level How bad it is.
   * @param message One line, without values of the user.
   */
  report(name: DiagnosticName, level: DiagnosticLevel, message: string): void;
  /**
   * Says something once per key and life of the instance. The keys are bounded; past the bound nothing more is said.
   *
   * @param key What makes the message the same.
   */
  once(key: string, name: DiagnosticName, level: DiagnosticLevel, message: string): void;
}
