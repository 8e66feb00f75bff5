/**
 * Help of `pontem ship`.
 *
 * @module
 */

/** The text. */
export const SHIP_HELP = `pontem ship: follows emit directories and sends what is there, every record accounted for

Usage:
  pontem ship --config FILE [--once [--timeout MS]] [--replay]
  pontem ship --sources GLOB... --sink TYPE [OPTIONS]

Options:
  --config FILE         the configuration (JSON with comments): everything else below is a part of it
  --once                send what is there and end
  --timeout MS          with --once: end after this, whatever is left
  --replay              send dead letters again, too: what a receiver had refused
  --sources GLOB        an emit directory or a glob; more of them may follow
  --state DIR           checkpoints and dead letters
  --sink TYPE           loki, splunk, cloudwatch, otlp, file or stdout
  --url URL             where loki, splunk and otlp listen
  --path FILE           of the sink file
  --tenant, --index, --region, --group, --stream, --endpoint NAME
                        of loki, splunk and cloudwatch
  --token-env NAME, --token-file FILE
                        the token: the name of a variable, or a file that holds it
  --user NAME, --password-env NAME, --password-file FILE
                        basic authentication
  --min-level LEVEL     send only records of this level and above
  --metrics             send metrics, too, where the sink can
  --insecure            allow a token over plain http
  --delete-after-ship   remove files that every sink has taken
  --health-port PORT    /healthz and /metrics on 127.0.0.1
  --quiet               show no progress
  -h, --help            this text

Examples:
  pontem ship --config /etc/pontem/ship.jsonc
  pontem ship --config ship.jsonc --once --timeout 60000
  pontem ship --sources '/var/lib/pontem/services/*/logs' --sink loki --url http://127.0.0.1:3100
  pontem ship --sources ./logs --state ./state --sink stdout --once

Exit codes:
  0  with --once: every record is settled; without: it was stopped
  1  it failed
  2  the options or the configuration cannot be used
  3  with --once: records were held, refused, or not taken in time

Signals: SIGTERM and SIGINT (Ctrl-C) stop it within 5 s, a second one ends it at once. Nothing is lost by either, nor by SIGKILL.
A changed configuration takes effect with a restart.

Deno needs: --allow-env=PONTEM_*,NAMES --allow-read --allow-write=DIRECTORIES --allow-net=HOSTS
  (NAMES: the variables of secrets; DIRECTORIES: the state directory and every emit directory, for what lies under .pontem/ and files
  to remove; HOSTS: of the sinks, and 127.0.0.1:PORT for health). When something is missing, the message says exactly what.
`;
