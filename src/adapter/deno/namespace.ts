/**
 * The part of Deno's namespace that the adapter uses, written down here because Node and Bun check the same sources without
 * Deno's types.
 *
 * @module
 */

/** What a permission query asks. */
export type DenoPermission =
  | { readonly name: "read"; readonly path?: string }
  | { readonly name: "write"; readonly path?: string }
  | { readonly name: "env"; readonly variable?: string }
  | { readonly name: "net"; readonly host?: string }
  | { readonly name: "run"; readonly command?: string }
  | { readonly name: "sys"; readonly kind?: "statfs" }
  | { readonly name: "ffi" | "import" };

/** What a permission query answers. */
export interface DenoPermissionStatus {
  readonly state: string;
  /** Is something below the path denied? */
  readonly partial?: boolean;
}

/** An open file of Deno. */
export interface DenoFile {
  /** Tries to lock; false when another holds the lock. */
  tryLockSync(exclusive: boolean): boolean;
  /** Writes once. */
  writeSync(data: Uint8Array): number;
  /** Writes once, off the thread. */
  write(data: Uint8Array): Promise<number>;
  /** Stats the open file; numbers are missing where the platform has none. */
  statSync(): { readonly dev: number | null; readonly ino: number | null };
  /** Closes. */
  close(): void;
}

/** How Deno opens a file. */
export interface DenoOpenOptions {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly append?: boolean;
  readonly create?: boolean;
  readonly mode?: number;
}

/** Deno's namespace. */
export interface DenoNamespace {
  readonly mainModule: string;
  readonly build: { readonly os: string; readonly standalone?: boolean };
  readonly permissions: {
    /** Remembers every question for ever: about 430 bytes for each path (2.9.6). */
    querySync(permission: DenoPermission): DenoPermissionStatus;
  };
  readonly stdout: { write(data: Uint8Array): Promise<number> };
  /** Where Deno keeps what is not public; read for the number of watched signals, and for a write that does not keep the process alive. */
  readonly internal: symbol;
  openSync(path: string, options: DenoOpenOptions): DenoFile;
}

/**
 * Deno's namespace.
 *
 * @returns The namespace.
 * @throws {Error} When this is not Deno.
 */
export function denoNamespace(): DenoNamespace {
  const deno = (globalThis as unknown as { Deno?: DenoNamespace }).Deno;
  if (typeof deno?.permissions?.querySync !== "function") {
    throw new Error(
      'Cannot use the adapter "deno": this is not Deno. Leave the "runtime" option out to have it detected.',
    );
  }
  return deno;
}

/**
 * Asks for a permission without ever prompting for it.
 *
 * @param deno The namespace.
 * @param permission What is asked.
 * @returns Whether it is granted.
 */
export function isGranted(deno: DenoNamespace, permission: DenoPermission): boolean {
  return query(deno, permission)?.state === "granted";
}

/**
 * Asks for a permission for a directory and all that is in it.
 *
 * @param deno The namespace.
 * @param permission What is asked.
 * @returns Whether it is granted without an exception.
 */
export function isWhollyGranted(deno: DenoNamespace, permission: DenoPermission): boolean {
  const status = query(deno, permission);
  return status?.state === "granted" && status.partial !== true;
}

function query(deno: DenoNamespace, permission: DenoPermission): DenoPermissionStatus | undefined {
  try {
    return deno.permissions.querySync(permission);
  } catch {
    return undefined;
  }
}
