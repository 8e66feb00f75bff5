/**
 * Which directory the config files are in: what `init` was told, else `PONTEM_CONFIG_DIR`, else the default.
 *
 * @module
 */
import type { LoadPorts } from "./load.ts";

/** Where the agent puts config files unless told otherwise. */
export const DEFAULT_CONFIG_DIRECTORY = "/var/lib/pontem/config";

/** The config directory of an instance. */
export class ConfigDirectory {
  readonly #ports: LoadPorts;
  #fixed: string | undefined;

  constructor(ports: LoadPorts) {
    this.#ports = ports;
  }

  /**
   * Fixes the directory from now on.
   *
   * @param directory The option, `undefined` for what environment and default say at this moment.
   */
  fix(directory: string | undefined): void {
    this.#fixed = this.#absolute(directory ?? this.#fromOutside());
  }

  /** The absolute directory: as it was fixed, else as the environment has it at this moment. */
  current(): string {
    return this.#fixed ?? this.#absolute(this.#fromOutside());
  }

  #fromOutside(): string {
    return this.#ports.host.env("PONTEM_CONFIG_DIR") ?? DEFAULT_CONFIG_DIRECTORY;
  }

  #absolute(directory: string): string {
    try {
      return this.#ports.fs.resolve(directory);
    } catch {
      // The working directory was removed: the file system itself will answer for the relative path.
      return directory;
    }
  }
}
