/**
 * Who a record comes from: OpenTelemetry resource attributes, resolved once at `init`.
 *
 * @module
 */
import type { Host } from "../port/host.ts";
import { encodeValue } from "./value.ts";

/** Bytes that all resource attributes together may take; they stand in every record. */
export const MAX_RESOURCE_BYTES = 16_384;

/** A resource: attribute names and their values. */
export type Resource = Readonly<Record<string, unknown>>;

/** Resource attributes that the agent on the device sets through the environment. */
const FROM_ENVIRONMENT: readonly (readonly [variable: string, attribute: string])[] = [
  ["PONTEM_DEVICE_ID", "device.id"],
  ["PONTEM_TENANT_ID", "pontem.tenant.id"],
  ["PONTEM_CONFIG_VERSION", "pontem.config.version"],
];

/**
 * Merges options and environment; options win, and the name always is `serviceName`.
 *
 * @param host Where the environment is read.
 * @param serviceName Value of `service.name`.
 * @param serviceVersion Value of `service.version`, left out when `undefined`.
 * @param more Further attributes of the options.
 * @returns The attributes in the order in which they are written.
 */
export function makeResource(
  host: Pick<Host, "env">,
  serviceName: string,
  serviceVersion: string | undefined,
  more: Resource,
): Resource {
  const resource: Record<string, unknown> = Object.create(null);
  resource["service.name"] = serviceName;
  const version = serviceVersion ?? more["service.version"];
  if (version !== undefined) resource["service.version"] = version;
  for (const [variable, attribute] of FROM_ENVIRONMENT) {
    const value = more[attribute] ?? host.env(variable);
    if (value !== undefined) resource[attribute] = value;
  }
  for (const key of Object.keys(more)) {
    if (!(key in resource)) resource[key] = more[key];
  }
  return resource;
}

/**
 * JSON text of a resource.
 *
 * @param resource The attributes.
 * @returns The text.
 * @throws {RangeError} When it takes more than {@link MAX_RESOURCE_BYTES}.
 */
export function resourceText(resource: Resource): string {
  const text = encodeValue({ ...resource }) ?? "{}";
  if (text.length * 3 > MAX_RESOURCE_BYTES && new TextEncoder().encode(text).length > MAX_RESOURCE_BYTES) {
    throw new RangeError(
      `Cannot use the resource: its attributes take more than ${MAX_RESOURCE_BYTES} bytes. They stand in every record; pass fewer or shorter ones in "resource"`,
    );
  }
  return text;
}
