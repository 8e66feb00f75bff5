/**
 * An exchange whose signatures are made again once when AWS refuses them: by its clock, or with new credentials.
 *
 * @module
 */
import type { Exchange } from "../exchange.ts";
import { awsErrorName, refusesSignature } from "./error.ts";
import type { AwsSigner } from "./sign.ts";

/**
 * Sends again, once, what was refused for its signature.
 *
 * @param exchange Sends requests that the signer signs.
 * @param signer The signer; told what was refused.
 * @returns The exchange.
 */
export function signedExchange(exchange: Exchange, signer: AwsSigner): Exchange {
  return async (request, signal) => {
    const response = await exchange(request, signal);
    if (!refusesSignature(response)) return response;
    if (!signer.learn(response.header("date"))) {
      // The request was too long on its way: new credentials would not help.
      if (awsErrorName(response) === "RequestExpired") return response;
      signer.forget();
    }
    return await exchange(request, signal);
  };
}
