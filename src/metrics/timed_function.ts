/**
 * A function that is measured at each call, whatever kind of function it is.
 *
 * @module
 */

/** A function that can be timed. */
export type TimedFunction = (...args: never[]) => unknown;

/** What a timer needs of a decorator's context (`ClassMethodDecoratorContext` is one). */
export interface TimedMethodContext {
  /** What is decorated. */
  readonly kind: "method";
  /** Its name. */
  readonly name: string | symbol;
}

/** Starts a measurement; the returned function ends it. */
export type Measure = () => () => void;

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Wraps a function.
 *
 * @param fn The function; something else is given back as it is.
 * @param measure Starts a measurement for one call.
 * @returns A function with the same name, length, `this`, arguments and result. A promise comes back as another promise of the same
 *   outcome: to watch the original would count as handling its rejection.
 */
export function timed<F extends TimedFunction>(fn: F, measure: Measure): F {
  if (typeof fn !== "function") return fn;
  const call = fn as unknown as AnyFunction;
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    const end = measure();
    let result: unknown;
    try {
      result = Reflect.apply(call, this, args);
    } catch (error) {
      end();
      throw error;
    }
    return follow(result, end);
  };
  for (const key of ["name", "length"] as const) {
    const descriptor = Object.getOwnPropertyDescriptor(fn, key);
    if (descriptor !== undefined) Object.defineProperty(wrapped, key, { ...descriptor, configurable: true });
  }
  return wrapped as unknown as F;
}

/** Ends the measurement when the result is complete. */
function follow(result: unknown, end: () => void): unknown {
  if (typeof result === "object" && result !== null) {
    try {
      // Native promises only: `then` of a query builder would start its query.
      if (result instanceof Promise) return followPromise(result, end);
      if (isGenerator(result)) return followGenerator(result, end);
    } catch { /* an exotic object; the call itself is over */ }
  }
  end();
  return result;
}

function followPromise(promise: Promise<unknown>, end: () => void): Promise<unknown> {
  return promise.then((value) => {
    end();
    return value;
  }, (error) => {
    end();
    throw error;
  });
}

/** Real generators, and async iterators that are plain objects (which is what a compiler for an old target makes of them). */
function isGenerator(result: object): result is Generator | AsyncGenerator {
  const { next, [Symbol.toStringTag]: tag } = result as Partial<Generator>;
  if (typeof next !== "function") return false;
  if (tag === "Generator" || tag === "AsyncGenerator") return true;
  return Symbol.asyncIterator in result && Object.getPrototypeOf(result) === Object.prototype;
}

/** The same generator with its three methods watched; everything else is inherited from it. */
function followGenerator(generator: Generator | AsyncGenerator, end: () => void): object {
  let open = true;
  const close = () => {
    if (open) end();
    open = false;
  };
  const check = (step: unknown): unknown => {
    if ((step as IteratorResult<unknown> | undefined)?.done === true) close();
    return step;
  };
  const watched = Object.create(generator) as Record<PropertyKey, unknown>;
  for (const key of ["next", "return", "throw"] as const) {
    const method = generator[key] as AnyFunction | undefined;
    if (typeof method !== "function") continue;
    const value = (...args: unknown[]): unknown => {
      try {
        const step = Reflect.apply(method, generator, args);
        if (!(step instanceof Promise)) return check(step);
        return step.then(check, (error) => {
          close();
          throw error;
        });
      } catch (error) {
        close();
        throw error;
      }
    };
    Object.defineProperty(watched, key, { value, writable: true, configurable: true });
  }
  for (const key of [Symbol.iterator, Symbol.asyncIterator]) {
    if (key in generator) Object.defineProperty(watched, key, { value: () => watched, configurable: true });
  }
  return watched;
}
