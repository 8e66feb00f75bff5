/**
 * The part of the Standard Schema interface (https://standardschema.dev, version 1) that config uses. zod, valibot,
 * arktype and others implement it, so that any of them can be passed without this package knowing it.
 *
 * @module
 */

/** A schema of any library that implements Standard Schema, version 1. */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The properties of the standard. */
  readonly "~standard": StandardSchemaProps<Input, Output>;
}

/** What a schema says of itself. */
export interface StandardSchemaProps<Input = unknown, Output = Input> {
  /** Version of the standard. */
  readonly version: 1;
  /** Name of the library. */
  readonly vendor: string;
  /** Validates an unknown value. */
  readonly validate: (value: unknown) => StandardSchemaResult<Output> | Promise<StandardSchemaResult<Output>>;
  /** Carries the types, never a value. */
  readonly types?: StandardSchemaTypes<Input, Output> | undefined;
}

/** The types of a schema. */
export interface StandardSchemaTypes<Input = unknown, Output = Input> {
  /** What goes in. */
  readonly input: Input;
  /** What comes out. */
  readonly output: Output;
}

/** What validation gives. */
export type StandardSchemaResult<Output> = StandardSchemaSuccess<Output> | StandardSchemaFailure;

/** A valid value. */
export interface StandardSchemaSuccess<Output> {
  /** The typed value. */
  readonly value: Output;
  /** Absent. */
  readonly issues?: undefined;
}

/** An invalid one. */
export interface StandardSchemaFailure {
  /** What is wrong with it. */
  readonly issues: readonly StandardSchemaIssue[];
}

/** One thing that is wrong. */
export interface StandardSchemaIssue {
  /** What was expected, in the words of the library. */
  readonly message: string;
  /** Where. */
  readonly path?: readonly (PropertyKey | StandardSchemaPathSegment)[] | undefined;
}

/** A step of a path in its longer form. */
export interface StandardSchemaPathSegment {
  /** The key. */
  readonly key: PropertyKey;
}

/** The type that a schema gives. */
export type StandardSchemaOutput<S extends StandardSchema> = NonNullable<S["~standard"]["types"]>["output"];
